//! The names under which a test's lines find the tables, the functions and the models.

/// The models, over the tables that are in scope where it stands.
macro_rules! models {
    () => {
        /// A project to insert.
        #[derive(Debug, Clone, diesel::Insertable)]
        #[diesel(table_name = projects)]
        pub(crate) struct NewProject {
            pub(crate) id: i32,
            pub(crate) name: &'static str,
            pub(crate) country: Option<&'static str>,
        }

        /// What changes of a project.
        #[derive(Debug, Clone, Default, diesel::AsChangeset)]
        #[diesel(table_name = projects)]
        pub(crate) struct ProjectChanges {
            pub(crate) name: Option<&'static str>,
            pub(crate) country: Option<Option<&'static str>>,
        }

        /// A project.
        #[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
        pub(crate) struct Project {
            pub(crate) id: i32,
            pub(crate) name: String,
            pub(crate) country: Option<String>,
        }

        /// A task.
        #[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = tasks, check_for_backend(diesel::pg::Pg))]
        pub(crate) struct Task {
            pub(crate) id: i32,
            pub(crate) title: String,
        }

        /// A project with a part that is a model of its own.
        #[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
        pub(crate) struct Outline {
            pub(crate) id: i32,
            #[diesel(embed)]
            pub(crate) title: Title,
        }

        /// The name alone.
        #[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
        pub(crate) struct Title {
            #[diesel(column_name = name)]
            pub(crate) text: String,
        }
    };
}

/// For a scope.
pub(crate) mod scoped {
    pub(crate) use tenancy_diesel::dsl::{exists, select};
    pub(crate) use tenancy_diesel::upsert::on_constraint;
    pub(crate) use tenancy_diesel::{delete, insert_into, scoped, update};
    pub(crate) use tenancy_tests::schema::{
        comments, countries, documents, files, parent, projects, settings, tasks,
    };

    pub(crate) mod types {
        use tenancy_tests::OrgId;

        tenancy_diesel::tenant_schema! {
            include = "schema/generated.rs",
            tenant = tenant_id: OrgId,
        }
    }
    pub(crate) use types::*;

    models!();
}

/// For plain Diesel.
pub(crate) mod plain {
    pub(crate) use diesel::dsl::{exists, select};
    pub(crate) use diesel::upsert::on_constraint;
    pub(crate) use diesel::{delete, insert_into, update};
    pub(crate) use tenancy_tests::plain::{
        comments, countries, documents, files, projects, settings, tasks,
    };

    pub(crate) mod types {
        include!("schema/plain.rs");
    }
    pub(crate) use types::*;

    models!();

    /// Plain Diesel has nothing to lift.
    pub(crate) fn scoped<T>(table: T) -> T {
        table
    }
}
