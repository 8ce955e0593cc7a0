const _: () = {
    impl renamed::TenantId for Merchant {
        fn canonical(&self) -> ::std::string::String {
            <Code as renamed::TenantId>::canonical(&self.0)
        }
        fn parse(
            text: &::core::primitive::str,
        ) -> ::core::result::Result<Self, renamed::InvalidTenantId> {
            let id = Merchant(
                <Code as ::core::str::FromStr>::from_str(text)
                    .map_err(|_| {
                        renamed::InvalidTenantId::Malformed {
                            expected: ::core::stringify!(Merchant),
                        }
                    })?,
            );
            <Merchant as renamed::TenantId>::validate(&id)?;
            ::core::result::Result::Ok(id)
        }
        fn validate(&self) -> ::core::result::Result<(), renamed::InvalidTenantId> {
            ids::check(&self.0)
        }
    }
    impl renamed::SqlTenantId for Merchant {
        type SqlType = <Code as renamed::SqlTenantId>::SqlType;
        const PG_TYPE: &'static ::core::primitive::str = <Code as renamed::SqlTenantId>::PG_TYPE;
        const VARIABLE: &'static ::core::primitive::str = "shop.merchant";
    }
    impl ::diesel::serialize::ToSql<
        <Code as renamed::SqlTenantId>::SqlType,
        ::diesel::pg::Pg,
    > for Merchant {
        fn to_sql<'__b>(
            &'__b self,
            out: &mut ::diesel::serialize::Output<'__b, '_, ::diesel::pg::Pg>,
        ) -> ::diesel::serialize::Result {
            ::diesel::serialize::ToSql::<
                <Code as renamed::SqlTenantId>::SqlType,
                ::diesel::pg::Pg,
            >::to_sql(&self.0, out)
        }
    }
    impl ::diesel::deserialize::FromSql<
        <Code as renamed::SqlTenantId>::SqlType,
        ::diesel::pg::Pg,
    > for Merchant {
        fn from_sql(
            bytes: <::diesel::pg::Pg as ::diesel::backend::Backend>::RawValue<'_>,
        ) -> ::diesel::deserialize::Result<Self> {
            ::diesel::deserialize::FromSql::<
                <Code as renamed::SqlTenantId>::SqlType,
                ::diesel::pg::Pg,
            >::from_sql(bytes)
                .map(Merchant)
        }
    }
    impl ::diesel::deserialize::Queryable<
        <Code as renamed::SqlTenantId>::SqlType,
        ::diesel::pg::Pg,
    > for Merchant {
        type Row = Self;
        fn build(row: Self) -> ::diesel::deserialize::Result<Self> {
            ::core::result::Result::Ok(row)
        }
    }
    impl<
        '__expr,
    > ::diesel::expression::AsExpression<<Code as renamed::SqlTenantId>::SqlType>
    for Merchant {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            <Code as renamed::SqlTenantId>::SqlType,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
    impl<
        '__expr,
    > ::diesel::expression::AsExpression<<Code as renamed::SqlTenantId>::SqlType>
    for &'__expr Merchant {
        type Expression = ::diesel::internal::derives::as_expression::Bound<
            <Code as renamed::SqlTenantId>::SqlType,
            Self,
        >;
        fn as_expression(self) -> Self::Expression {
            ::diesel::internal::derives::as_expression::Bound::new(self)
        }
    }
};
