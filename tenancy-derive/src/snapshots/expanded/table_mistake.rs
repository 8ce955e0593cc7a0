::core::compile_error!("in no class");
::diesel::table! {
    #[sql_name = "countries"] countries(code) { #[sql_name = "code"] code -> Text, }
}
const _: () = {
    use self::countries::table;
    impl ::tenancy_diesel::__private::ScopeTable for table {
        type Tenant = <super::__TenancySchema as ::tenancy_diesel::__private::Schema>::Tenant;
        type AnyColumn = countries::columns::code;
        type Selection = <table as ::diesel::Table>::AllColumns;
        type Key = <table as ::diesel::Table>::PrimaryKey;
        type Value = table;
        const RELATION: ::tenancy_diesel::__private::Relation = {
            use ::tenancy_diesel::__private::Owner;
            ::tenancy_diesel::__private::Relation {
                path: "countries",
                schema: ::core::option::Option::None,
                name: "countries",
                alias: "countries",
                owner: Owner::Shared,
            }
        };
        fn selection() -> Self::Selection {
            <table as ::diesel::Table>::all_columns()
        }
        fn key() -> Self::Key {
            ::diesel::Table::primary_key(&table)
        }
    }
    impl ::tenancy_diesel::__private::SharedTable for table {}
    impl<
        Q: ::tenancy_diesel::__private::PlainJoin,
        Id,
    > ::diesel::JoinTo<::tenancy_diesel::ScopedQuery<Q, Id>> for table {
        type FromClause = Q::FromClause;
        type OnClause = Q::OnClause;
        fn join_target(
            _: ::tenancy_diesel::ScopedQuery<Q, Id>,
        ) -> (Q::FromClause, Q::OnClause) {
            Q::refuse()
        }
    }
    impl<
        R: ::tenancy_diesel::__private::PlainJoin,
        On,
        Id,
    > ::diesel::JoinTo<::tenancy_diesel::ScopedOn<R, On, Id>> for table {
        type FromClause = R::FromClause;
        type OnClause = R::OnClause;
        fn join_target(
            _: ::tenancy_diesel::ScopedOn<R, On, Id>,
        ) -> (R::FromClause, R::OnClause) {
            R::refuse()
        }
    }
    impl<
        __Part,
    > ::diesel::expression::SelectableExpression<
        ::tenancy_diesel::ScopedSource<table, __Part>,
    > for countries::columns::code {}
    impl<__Part> ::diesel::query_source::AppearsInFromClause<table>
    for ::tenancy_diesel::ScopedSource<table, __Part> {
        type Count = ::diesel::query_source::Once;
    }
    #[diagnostic::do_not_recommend]
    impl ::tenancy_diesel::__private::InsertTarget for table {
        type Statement = ::diesel::query_builder::IncompleteInsertStatement<table>;
        fn into_insert(self) -> Self::Statement {
            ::diesel::insert_into(self)
        }
    }
    #[diagnostic::do_not_recommend]
    impl ::tenancy_diesel::__private::UpdateTarget for table {
        type Statement = ::diesel::query_builder::UpdateStatement<
            table,
            <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
        >;
        fn into_update(self) -> Self::Statement {
            ::diesel::update(self)
        }
    }
    #[diagnostic::do_not_recommend]
    impl ::tenancy_diesel::__private::DeleteTarget for table {
        type Statement = ::diesel::query_builder::DeleteStatement<
            table,
            <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
        >;
        fn into_delete(self) -> Self::Statement {
            ::diesel::delete(self)
        }
    }
};
