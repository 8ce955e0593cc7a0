//! Enums that are stored as text, under a CHECK of the table.

/// Declares an enum with the text of each variant in the database and in forms, and its label on a page.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal as $label:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, serde::Deserialize,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The text in the database and in forms.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The text on a page.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.as_str().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match std::str::from_utf8(bytes.as_bytes())? {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(concat!("not a ", stringify!($name)).into()),
                }
            }
        }
    };
}

text_enum! {
    /// What a member may do.
    Role {
        /// Works on projects.
        Member = "member" as "Member",
        /// Manages members, tokens and projects as well.
        Admin = "admin" as "Admin",
        /// May erase the organisation as well.
        Owner = "owner" as "Owner",
    }
}

text_enum! {
    /// Where a task is on the board.
    Status {
        /// Nobody has begun.
        Todo = "todo" as "To do",
        /// Somebody works on it.
        Doing = "doing" as "In progress",
        /// It is finished.
        Done = "done" as "Done",
    }
}

text_enum! {
    /// How far a report is.
    Progress {
        /// A job is going to write it.
        Queued = "queued" as "Waiting",
        /// It can be read.
        Done = "done" as "Ready",
        /// The job was given up.
        Failed = "failed" as "Failed",
    }
}
