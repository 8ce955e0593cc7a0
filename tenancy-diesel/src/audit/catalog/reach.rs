//! What a role can reach: other roles, and rows.

use super::{Catalog, Grant, Relation, Role, plain, rows_of};

/// How a role comes to be another, or to have its privileges.
#[derive(Debug, Clone)]
pub(in crate::audit) struct Way<'a> {
    pub(in crate::audit) role: &'a Role,
    /// From the role itself on, each with how it comes to the next.
    path: Vec<(&'a Role, &'static str)>,
    /// Whether a session can be this role. Otherwise it has the privileges alone.
    pub(in crate::audit) becomes: bool,
}

/// How a connection comes to be a role.
pub(super) enum Becoming {
    /// It is that role.
    Already,
    /// By a statement.
    By(String),
    /// It may not be.
    Never,
}

impl Way<'_> {
    /// How many memberships it is long.
    pub(in crate::audit) fn steps(&self) -> usize {
        self.path.len()
    }

    /// Whether it leads to another role.
    pub(in crate::audit) fn is_other(&self) -> bool {
        !self.path.is_empty()
    }
}

impl std::fmt::Display for Way<'_> {
    /// `app inherits team, which can become owner`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (role, how)) in self.path.iter().enumerate() {
            if index == 0 {
                write!(f, "{} {how} ", plain(&role.name))?;
            } else {
                write!(f, "{}, which {how} ", plain(&role.name))?;
            }
        }
        f.write_str(&plain(&self.role.name))
    }
}

impl Catalog {
    /// How the connection comes to be the role for which is asked.
    pub(super) fn becoming(&self, questions: &super::Questions<'_>) -> Becoming {
        let Some(name) = questions.role else {
            return Becoming::Already;
        };
        let session = self.role_named(&self.session.session_user);
        let (Some(role), Some(session)) = (self.role_named(name), session) else {
            return Becoming::Never;
        };
        let may = session.superuser
            || self
                .ways(session)
                .iter()
                .any(|way| way.role.oid == role.oid && way.becomes);
        if may {
            Becoming::By(format!(
                "SET LOCAL ROLE {}",
                tenancy_core::quote_identifier(name)
            ))
        } else {
            Becoming::Never
        }
    }

    /// A statement after which the connection is again who it was.
    pub(super) fn returning(&self) -> String {
        let session = &self.session;
        if session.current_user == session.session_user {
            "SET LOCAL ROLE NONE".to_owned()
        } else {
            let before = tenancy_core::quote_identifier(&session.current_user);
            format!("SET LOCAL ROLE {before}")
        }
    }

    /// Every role that a role is, can become, or has the privileges of; the shortest way to each.
    ///
    /// SET ROLE asks for a chain of memberships that all allow it. Privileges come along a chain that
    /// inherits, from every role that the session can be. Who may grant a membership can grant it to
    /// itself.
    pub(in crate::audit) fn ways<'a>(&'a self, from: &'a Role) -> Vec<Way<'a>> {
        let mut found = vec![Way {
            role: from,
            path: Vec::new(),
            becomes: true,
        }];
        let mut next = 0;
        while let Some(way) = found.get(next).cloned() {
            next += 1;
            let mut step = |role: u32, how: &'static str, becomes: bool| {
                let known = found
                    .iter()
                    .any(|way| way.role.oid == role && (way.becomes || !becomes));
                let Some(role) = self.role(role).filter(|_| !known) else {
                    return;
                };
                let mut path = way.path.clone();
                path.push((way.role, how));
                found.push(Way {
                    role,
                    path,
                    becomes,
                });
            };
            for membership in rows_of(&self.memberships, |m| m.member, way.role.oid) {
                if membership.can_set && way.becomes {
                    step(membership.role, "can become", true);
                } else if membership.is_admin {
                    step(membership.role, "can grant itself", true);
                } else if membership.inherits {
                    step(membership.role, "inherits", false);
                }
            }
            // The owner of a database is a member of this role without a row that says so.
            if way.role.oid == self.beginning.database_owner
                && let Some(role) = self.role_named("pg_database_owner")
            {
                step(role.oid, "owns the database and so inherits", false);
            }
        }
        found
    }

    /// Whether a role is another, or has its privileges without becoming it.
    pub(in crate::audit) fn inherits(&self, role: u32, other: u32) -> bool {
        let mut reached = vec![role];
        let mut next = 0;
        while let Some(&role) = reached.get(next) {
            if role == other {
                return true;
            }
            let memberships = rows_of(&self.memberships, |membership| membership.member, role);
            for membership in memberships.iter().filter(|membership| membership.inherits) {
                if !reached.contains(&membership.role) {
                    reached.push(membership.role);
                }
            }
            next += 1;
        }
        false
    }

    /// Whether a role is another, or can become it.
    pub(in crate::audit) fn can_become(&self, role: u32, other: u32) -> bool {
        self.role(role).is_some_and(|role| {
            let ways = self.ways(role);
            ways.iter().any(|way| way.becomes && way.role.oid == other)
        })
    }

    /// Whether the policies of a table do not hold for a role.
    pub(in crate::audit) fn is_exempt(&self, role: &Role, relation: &Relation) -> bool {
        role.superuser
            || role.bypasses_rls
            || !relation.secured
            || (!relation.forced && self.inherits(role.oid, relation.owner))
    }

    /// What is granted on something, its owner's own privileges left out.
    pub(in crate::audit) fn grants_on<'a>(
        &'a self,
        class: &'a str,
        object: u32,
        owner: u32,
    ) -> impl Iterator<Item = &'a Grant> {
        rows_of(&self.grants, |grant| grant.object, object)
            .iter()
            .filter(move |grant| grant.class == class && grant.grantee != owner)
    }

    /// Whether a role that somebody has the privileges of is granted one.
    pub(in crate::audit) fn holds(&self, ways: &[Way<'_>], grant: &Grant) -> bool {
        grant.grantee == 0 || ways.iter().any(|way| way.role.oid == grant.grantee)
    }

    /// The name of who is granted something, as SQL writes it.
    pub(in crate::audit) fn grantee(&self, oid: u32) -> String {
        if oid == 0 {
            return "PUBLIC".to_owned();
        }
        self.role(oid).map_or_else(
            || oid.to_string(),
            |role| tenancy_core::quote_identifier(&role.name),
        )
    }

    /// The relations that inherit from one, at any depth, or are its partitions.
    pub(in crate::audit) fn descendants(&self, relation: u32) -> Vec<&Relation> {
        let mut reached = vec![relation];
        let mut next = 0;
        while let Some(&parent) = reached.get(next) {
            for row in rows_of(&self.inheritance, |row| row.parent, parent) {
                if !reached.contains(&row.child) {
                    reached.push(row.child);
                }
            }
            next += 1;
        }
        reached[1..]
            .iter()
            .filter_map(|&oid| self.relation(oid))
            .collect()
    }

    /// The relations that one inherits from, or of which it is a partition, at any depth.
    pub(in crate::audit) fn ancestors(&self, relation: u32) -> Vec<&Relation> {
        let mut reached = vec![relation];
        let mut next = 0;
        while let Some(&child) = reached.get(next) {
            for row in self.inheritance.iter().filter(|row| row.child == child) {
                if !reached.contains(&row.parent) {
                    reached.push(row.parent);
                }
            }
            next += 1;
        }
        reached[1..]
            .iter()
            .filter_map(|&oid| self.relation(oid))
            .collect()
    }
}
