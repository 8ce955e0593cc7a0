use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::{Invocation, Owner, column};

/// A table that stays a plain Diesel table.
pub(super) fn expand(invocation: &Invocation) -> TokenStream {
    let Invocation { krate, decl, .. } = invocation;
    let name = &decl.table_name;
    let (uses, meta, sql_name) = (&decl.use_statements, &decl.meta, &decl.sql_name);
    let schema = decl.schema.as_ref().map(|schema| quote!(#schema .));
    let columns = invocation.columns().map(column);
    let names: Vec<&Ident> = invocation.columns().map(|c| &c.column_name).collect();
    let key = invocation.primary_key();
    let relation = invocation.relation(name, &Owner::Shared);
    let first = names.first();
    let root = invocation.root();
    quote! {
        ::diesel::table! {
            #(#uses)*
            #(#meta)*
            #[sql_name = #sql_name]
            #schema #name (#(#key),*) {
                #(#columns)*
            }
        }

        const _: () = {
            use self::#name::table;

            impl #krate::__private::ScopeTable for table {
                type Tenant = <#root::__TenancySchema as #krate::__private::Schema>::Tenant;
                type AnyColumn = #name::columns::#first;
                type Selection = <table as ::diesel::Table>::AllColumns;
                type Key = <table as ::diesel::Table>::PrimaryKey;
                type Value = table;

                const RELATION: #krate::__private::Relation = #relation;

                fn selection() -> Self::Selection {
                    <table as ::diesel::Table>::all_columns()
                }

                fn key() -> Self::Key {
                    ::diesel::Table::primary_key(&table)
                }
            }

            impl #krate::__private::SharedTable for table {}

            // These never hold. Without them Diesel's message asks for a `joinable!`.
            impl<Q: #krate::__private::PlainJoin, Id> ::diesel::JoinTo<#krate::ScopedQuery<Q, Id>>
                for table
            {
                type FromClause = Q::FromClause;
                type OnClause = Q::OnClause;

                fn join_target(_: #krate::ScopedQuery<Q, Id>) -> (Q::FromClause, Q::OnClause) {
                    Q::refuse()
                }
            }

            impl<R: #krate::__private::PlainJoin, On, Id> ::diesel::JoinTo<#krate::ScopedOn<R, On, Id>>
                for table
            {
                type FromClause = R::FromClause;
                type OnClause = R::OnClause;

                fn join_target(_: #krate::ScopedOn<R, On, Id>) -> (R::FromClause, R::OnClause) {
                    R::refuse()
                }
            }

            #(impl<__Part> ::diesel::expression::SelectableExpression<#krate::ScopedSource<table, __Part>> for #name::columns::#names {})*

            impl<__Part> ::diesel::query_source::AppearsInFromClause<table> for #krate::ScopedSource<table, __Part> {
                type Count = ::diesel::query_source::Once;
            }

            #[diagnostic::do_not_recommend]
            impl #krate::__private::InsertTarget for table {
                type Statement = ::diesel::query_builder::IncompleteInsertStatement<table>;

                fn into_insert(self) -> Self::Statement {
                    ::diesel::insert_into(self)
                }
            }

            #[diagnostic::do_not_recommend]
            impl #krate::__private::UpdateTarget for table {
                type Statement = ::diesel::query_builder::UpdateStatement<
                    table,
                    <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
                >;

                fn into_update(self) -> Self::Statement {
                    ::diesel::update(self)
                }
            }

            #[diagnostic::do_not_recommend]
            impl #krate::__private::DeleteTarget for table {
                type Statement = ::diesel::query_builder::DeleteStatement<
                    table,
                    <table as ::diesel::query_builder::IntoUpdateTarget>::WhereClause,
                >;

                fn into_delete(self) -> Self::Statement {
                    ::diesel::delete(self)
                }
            }
        };
    }
}
