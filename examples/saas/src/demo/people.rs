use crate::Role;

/// The password of everybody in the demonstration.
pub const PASSWORD: &str = "correct-horse-battery";

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DemoAccount {
    /// The address that signs in.
    pub email: &'static str,
    /// The name.
    pub name: &'static str,
    /// The slugs of the organisations, with the role in each.
    pub organisations: &'static [(&'static str, Role)],
}

const fn account(
    email: &'static str,
    name: &'static str,
    organisations: &'static [(&'static str, Role)],
) -> DemoAccount {
    DemoAccount {
        email,
        name,
        organisations,
    }
}

/// Everybody who can sign in. One of them belongs to both organisations.
pub const ACCOUNTS: &[DemoAccount] = &[
    account(
        "ada@northwind.example",
        "Ada Brandt",
        &[("northwind", Role::Owner)],
    ),
    account(
        "ben@northwind.example",
        "Ben Okafor",
        &[("northwind", Role::Admin)],
    ),
    account(
        "chloe@northwind.example",
        "Chloe Marsh",
        &[("northwind", Role::Member)],
    ),
    account(
        "dario@lumen.example",
        "Dario Conti",
        &[("lumen", Role::Owner)],
    ),
    account("elif@lumen.example", "Elif Kaya", &[("lumen", Role::Admin)]),
    account(
        "femi@lumen.example",
        "Femi Adeyemi",
        &[("lumen", Role::Member)],
    ),
    account(
        "greta@studio.example",
        "Greta Lind",
        &[("northwind", Role::Member), ("lumen", Role::Member)],
    ),
];
