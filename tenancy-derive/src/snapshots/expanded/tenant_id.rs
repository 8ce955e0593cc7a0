const _: () = {
    impl ::tenancy_diesel::TenantId for OrgId {
        fn canonical(&self) -> ::std::string::String {
            <uuid::Uuid as ::tenancy_diesel::TenantId>::canonical(&self.0)
        }
        fn parse(
            text: &::core::primitive::str,
        ) -> ::core::result::Result<Self, ::tenancy_diesel::InvalidTenantId> {
            <uuid::Uuid as ::tenancy_diesel::TenantId>::parse(text).map(OrgId)
        }
        fn validate(
            &self,
        ) -> ::core::result::Result<(), ::tenancy_diesel::InvalidTenantId> {
            <uuid::Uuid as ::tenancy_diesel::TenantId>::validate(&self.0)
        }
    }
    impl ::tenancy_diesel::SqlTenantId for OrgId {
        type SqlType = ::diesel::sql_types::Uuid;
        const PG_TYPE: &'static ::core::primitive::str = <uuid::Uuid as ::tenancy_diesel::SqlTenantId>::PG_TYPE;
        const VARIABLE: &'static ::core::primitive::str = <uuid::Uuid as ::tenancy_diesel::SqlTenantId>::VARIABLE;
    }
    impl ::diesel::serialize::ToSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg>
    for OrgId {
        fn to_sql<'__b>(
            &'__b self,
            out: &mut ::diesel::serialize::Output<'__b, '_, ::diesel::pg::Pg>,
        ) -> ::diesel::serialize::Result {
            ::diesel::serialize::ToSql::<
                ::diesel::sql_types::Uuid,
                ::diesel::pg::Pg,
            >::to_sql(&self.0, out)
        }
    }
    impl ::diesel::serialize::ToSql<
        ::diesel::sql_types::Nullable<::diesel::sql_types::Uuid>,
        ::diesel::pg::Pg,
    > for OrgId {
        fn to_sql<'__b>(
            &'__b self,
            out: &mut ::diesel::serialize::Output<'__b, '_, ::diesel::pg::Pg>,
        ) -> ::diesel::serialize::Result {
            ::diesel::serialize::ToSql::<
                ::diesel::sql_types::Uuid,
                ::diesel::pg::Pg,
            >::to_sql(&self.0, out)
        }
    }
    impl ::diesel::deserialize::FromSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg>
    for OrgId {
        fn from_sql(
            bytes: <::diesel::pg::Pg as ::diesel::backend::Backend>::RawValue<'_>,
        ) -> ::diesel::deserialize::Result<Self> {
            ::diesel::deserialize::FromSql::<
                ::diesel::sql_types::Uuid,
                ::diesel::pg::Pg,
            >::from_sql(bytes)
                .map(OrgId)
        }
    }
    impl ::diesel::deserialize::Queryable<::diesel::sql_types::Uuid, ::diesel::pg::Pg>
    for OrgId {
        type Row = Self;
        fn build(row: Self) -> ::diesel::deserialize::Result<Self> {
            ::core::result::Result::Ok(row)
        }
    }
    impl<'__expr> ::diesel::expression::AsExpression<::diesel::sql_types::Uuid>
    for OrgId {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            ::diesel::sql_types::Uuid,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
    impl<'__expr> ::diesel::expression::AsExpression<::diesel::sql_types::Uuid>
    for &'__expr OrgId {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            ::diesel::sql_types::Uuid,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
    impl<
        '__expr,
    > ::diesel::expression::AsExpression<
        ::diesel::sql_types::Nullable<::diesel::sql_types::Uuid>,
    > for OrgId {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            ::diesel::sql_types::Nullable<::diesel::sql_types::Uuid>,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
    impl<
        '__expr,
    > ::diesel::expression::AsExpression<
        ::diesel::sql_types::Nullable<::diesel::sql_types::Uuid>,
    > for &'__expr OrgId {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            ::diesel::sql_types::Nullable<::diesel::sql_types::Uuid>,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
};
