use std::collections::BTreeSet;

use diesel::PgConnection;
use tenancy_diesel::encryption::{KeySource, wait};

use super::super::keys::{each_record, key_store};
use super::{Doctor, Trouble, Verdict};
use crate::args::Context;
use crate::database;
use crate::failure::Failure;
use crate::root;

/// The encrypted columns of the registry. Without any, keys are not needed.
fn columns(context: &Context) -> usize {
    let tables = context.source.get().map_or(&[][..], |r| r.tables);
    tables.iter().map(|table| table.encrypted.len()).sum()
}

pub(super) fn store(
    _: &mut PgConnection,
    doctor: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let option = doctor.keys.keys_database_url.as_deref();
    let columns = columns(context);
    if !database::KEYS.is_set(option) {
        if columns == 0 {
            return Ok(Verdict::Skipped(
                "no encrypted columns are known and no key database is named".to_owned(),
            ));
        }
        return Ok(Verdict::Broken(Trouble::new(
            format!("{columns} columns are encrypted, and the database of the keys is not named"),
            [format!(
                "export {}=postgres://tenancy_keys@localhost/shop        # the role of the keys",
                database::KEYS.variable
            )],
        )));
    }
    match key_store(option, &context.app_role) {
        Ok(_) => Ok(Verdict::Good(format!(
            "the key tables are there for their role and for nobody else; {columns} encrypted columns"
        ))),
        Err(failure) => Ok(Verdict::Broken(Trouble::new(
            failure.message(),
            failure.advice().map(str::to_owned),
        ))),
    }
}

pub(super) fn root(
    _: &mut PgConnection,
    doctor: &Doctor,
    context: &Context,
) -> Result<Verdict, Failure> {
    let option = doctor.keys.keys_database_url.as_deref();
    if root::given(doctor.keys.root.as_deref()).is_none() {
        if columns(context) == 0 {
            return Ok(Verdict::Skipped("none is named".to_owned()));
        }
        return Ok(Verdict::Remark(Trouble::new(
            "none is named, so it cannot be told whether it can be read",
            [format!(
                "export {}=2026-01=file:/etc/shop/root.key        # `tenancy keys --help` has the forms",
                root::VARIABLE
            )],
        )));
    }
    let source = root::find(doctor.keys.root.as_deref())?;
    let name = source.id().as_str().to_owned();
    if let Err(error) = wait(source.load()) {
        return Ok(Verdict::Broken(Trouble::new(
            format!("the root key {name} cannot be read: {error}"),
            [format!(
                "see whether {} or --root names the right place",
                root::VARIABLE
            )],
        )));
    }
    if !database::KEYS.is_set(option) {
        return Ok(Verdict::Good(format!("{name} can be read")));
    }
    let mut named: BTreeSet<String> = doctor
        .keys
        .previous_root
        .iter()
        .filter_map(|text| Some(text.split_once('=')?.0.to_owned()))
        .collect();
    named.insert(name.clone());
    let mut others = BTreeSet::new();
    each_record(&key_store(option, &context.app_role)?, |_, record| {
        let root = record.keys.map(|keys| keys.root);
        others.extend(root.filter(|root| !named.contains(root)));
        Ok(())
    })?;
    if others.is_empty() {
        return Ok(Verdict::Good(format!(
            "{name} can be read, and every tenant's keys are under it"
        )));
    }
    let others: Vec<String> = others.into_iter().collect();
    Ok(Verdict::Remark(Trouble::new(
        format!(
            "{name} can be read, but some tenants' keys are under {}",
            others.join(", ")
        ),
        [format!(
            "tenancy keys rewrap --all --previous-root {}=SOURCE",
            others[0]
        )],
    )))
}
