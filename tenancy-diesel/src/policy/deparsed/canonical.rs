//! Whether a condition is the one that the registry asks for.

use tenancy_core::{Class, Registry, Table};

use super::super::OnMissing;
use super::Difference;
use super::parser::{Expr, Select, parse};
use super::tokens::{Token, tokens};
use crate::sealed::FUNCTION;

/// What the conditions of a registry's policies have to be.
pub(crate) struct Canonical<'a> {
    pub(crate) registry: &'a Registry,
    /// The forms that are accepted; all forms where the options are not known.
    pub(crate) forms: &'a [OnMissing],
    /// Whether a tenant that is not sealed is a difference. A sealed one never is.
    pub(crate) must_be_sealed: bool,
    /// Whether the function that verifies sealed tenants is the library's own.
    pub(crate) is_seal_sound: bool,
    /// Whether the variable may be read without a sub-select, because the database takes none in policies.
    pub(crate) may_be_bare: bool,
    /// The schema and name of a registered table, as the database has it.
    pub(crate) resolve: &'a dyn Fn(&Table) -> Option<(String, String)>,
    /// The type of a registered table's tenant column below all domains, as `pg_type.typname` has it.
    pub(crate) base: &'a dyn Fn(&Table) -> Option<String>,
}

impl Canonical<'_> {
    /// How the condition of a table's policy differs from ours; empty where it does not.
    ///
    /// Names may differ where they mean the same: aliases, the order of what is compared, the case of
    /// the variable. `row` is the name of the relation that has the policy: the table's own, or that of
    /// a partition.
    pub(crate) fn differences(&self, text: &str, table: &Table, row: &str) -> Vec<Difference> {
        let Some(tokens) = tokens(text) else {
            return vec![Difference::Unknown];
        };
        let mut found = match parse(&tokens) {
            Some(expr) => self.of_table(&expr, table, row, true, 0),
            None => vec![Difference::Unknown],
        };
        if !found.is_empty() {
            let other = |function: &Difference| {
                !(found.contains(function) || self.is_seal_sound && *function == seal())
            };
            let functions: Vec<Difference> = functions(&tokens).into_iter().filter(other).collect();
            found.extend(functions);
            // The function is what makes it unknown.
            if found.iter().any(|d| matches!(d, Difference::Function(_))) {
                found.retain(|d| *d != Difference::Unknown);
            }
        }
        found
    }

    /// `row` is the name that stands before the table's columns; at the top they may come without.
    fn of_table(
        &self,
        expr: &Expr,
        table: &Table,
        row: &str,
        top: bool,
        depth: usize,
    ) -> Vec<Difference> {
        if is_true(expr) {
            return vec![Difference::AlwaysTrue];
        }
        if let Expr::Or(parts) = expr {
            let narrow = parts
                .iter()
                .all(|part| self.of_table(part, table, row, top, depth).is_empty());
            return if narrow {
                Vec::new()
            } else {
                vec![Difference::Wider]
            };
        }
        if let Expr::And(parts) = expr {
            let mut all = parts
                .iter()
                .map(|part| self.of_table(part, table, row, top, depth));
            return if all.any(|differences| differences.is_empty()) {
                vec![Difference::Narrower]
            } else {
                parts
                    .iter()
                    .map(|part| self.of_table(part, table, row, top, depth))
                    .find(|differences| !differences.contains(&Difference::Unknown))
                    .unwrap_or(vec![Difference::Unknown])
            };
        }
        match table.class {
            Class::Tenant { column } | Class::Root { column } => {
                let base = (self.base)(table);
                self.comparison(expr, column, base.as_deref(), row, top)
            }
            Class::Via {
                column,
                owner,
                owner_key,
            } if depth < self.registry.tables.len() => {
                self.owned(expr, (row, column), owner, owner_key, depth)
            }
            _ => vec![Difference::Unknown],
        }
    }

    /// `EXISTS (SELECT 1 FROM owner WHERE owner.key = row.column AND <the owner is the tenant's>)`.
    fn owned(
        &self,
        expr: &Expr,
        (row, column): (&str, &str),
        owner: &str,
        owner_key: &str,
        depth: usize,
    ) -> Vec<Difference> {
        let Expr::Exists(select) = expr else {
            return vec![Difference::Unknown];
        };
        let (Some(owner), [(path, alias)]) = (self.registry.table(owner), &select.tables[..])
        else {
            return vec![Difference::Unknown];
        };
        if !select.values.iter().all(is_inert) {
            return vec![Difference::Unknown];
        }
        let expected = (self.resolve)(owner).map(|(schema, name)| vec![schema, name]);
        if expected.as_ref() != Some(path) {
            return vec![Difference::Owner(format!(
                "it asks the table {} for the tenant",
                path.join(".")
            ))];
        }
        let parts = match &select.condition {
            Some(Expr::And(parts)) => parts.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let is = |expr: &Expr, row: &str, column: &str| matches!(expr, Expr::Column(path) if path[..] == [row, column]);
        let ties = |part: &Expr| match part {
            Expr::Operator(left, operator, Some(right)) if operator == "=" => {
                let both = |a: &Expr, b: &Expr| is(a, alias, owner_key) && is(b, row, column);
                both(left, right) || both(right, left)
            }
            _ => false,
        };
        if alias == row || !parts.iter().any(ties) {
            return vec![Difference::Owner(format!(
                "it does not compare {owner_key} of {} with {column}",
                path.join(".")
            ))];
        }
        let rest: Vec<&Expr> = parts.iter().filter(|part| !ties(part)).collect();
        match &rest[..] {
            [] => vec![Difference::Owner(format!(
                "it does not compare the tenant of {}",
                path.join(".")
            ))],
            [one] => self.of_table(one, owner, alias, false, depth + 1),
            [..] => {
                let mut all = rest
                    .iter()
                    .map(|part| self.of_table(part, owner, alias, false, depth + 1));
                if all.any(|differences| differences.is_empty()) {
                    vec![Difference::Narrower]
                } else {
                    vec![Difference::Unknown]
                }
            }
        }
    }

    /// `column = (SELECT .. the variable ..)`.
    fn comparison(
        &self,
        expr: &Expr,
        column: &str,
        base: Option<&str>,
        row: &str,
        top: bool,
    ) -> Vec<Difference> {
        let Expr::Operator(left, operator, Some(right)) = expr else {
            return vec![Difference::Unknown];
        };
        if operator != "=" {
            return vec![Difference::Unknown];
        }
        let mut pair = None;
        for (one, other) in [(left, right), (right, left)] {
            if let (Some(compared), Some(session)) = (compared(one), Session::read(other)) {
                pair = Some((compared, session));
            }
        }
        let Some(((path, cast), session)) = pair else {
            return vec![Difference::Unknown];
        };
        // Domains are compared as what is below them: PostgreSQL adds the casts by itself.
        let lowered = session
            .cast_outside
            .filter(|_| session.is_of_application())
            .filter(|outside| base.is_some_and(|base| is_lowered(outside, base)));
        let mut found = session.differences(self, lowered.is_some());
        let is_column = path[..] == [row, column] || (top && path.len() == 1 && path[0] == column);
        if !is_column {
            found.push(Difference::Column(path.join(".")));
        }
        if let Some(cast) = cast
            && !self.keeps(cast)
            && lowered != Some(cast)
        {
            found.push(Difference::Unknown);
        }
        found
    }

    /// Whether two tenants are still two after a cast to this type.
    fn keeps(&self, cast: &str) -> bool {
        let texts = ["text", "varchar"].contains(&self.registry.tenant_type);
        (texts && cast == "text") || is_type(cast, self.registry.tenant_type)
    }
}

/// The column of a comparison, and what it is cast to.
fn compared(expr: &Expr) -> Option<(&Vec<String>, Option<&str>)> {
    match expr {
        Expr::Column(path) => Some((path, None)),
        Expr::Cast(inner, name) => match &**inner {
            Expr::Column(path) => Some((path, Some(name))),
            _ => None,
        },
        _ => None,
    }
}

/// How the tenant of the session is read.
struct Session<'e> {
    variable: &'e str,
    missing_ok: bool,
    has_nullif: bool,
    in_select: bool,
    is_sealed: bool,
    cast: Option<&'e str>,
    cast_outside: Option<&'e str>,
}

impl<'e> Session<'e> {
    fn read(expr: &'e Expr) -> Option<Self> {
        let (expr, outer) = uncast(expr);
        let mut session = match expr {
            Expr::Select(select) => {
                let Select {
                    values,
                    tables,
                    condition: None,
                } = &**select
                else {
                    return None;
                };
                let ([value], true) = (&values[..], tables.is_empty()) else {
                    return None;
                };
                Session {
                    in_select: true,
                    ..Session::bare(value)?
                }
            }
            Expr::Call(..) => Session::bare(expr)?,
            _ => return None,
        };
        if session.in_select {
            session.cast_outside = outer;
        } else {
            session.cast = outer;
        }
        Some(session)
    }

    fn bare(expr: &'e Expr) -> Option<Self> {
        let (expr, cast) = uncast(expr);
        let (call, has_nullif) = match expr {
            Expr::Call(path, arguments) if path[..] == ["NULLIF"] => match &arguments[..] {
                [call, Expr::Text(empty)] if empty.is_empty() => (call, true),
                _ => return None,
            },
            call => (call, false),
        };
        let Expr::Call(path, arguments) = call else {
            return None;
        };
        if path[..] == SEAL {
            return match &arguments[..] {
                [Expr::Text(variable), Expr::Constant(strict)] if !has_nullif => Some(Session {
                    variable,
                    missing_ok: strict == "FALSE",
                    // The function takes the empty text for no tenant by itself.
                    has_nullif: strict == "FALSE",
                    in_select: false,
                    is_sealed: true,
                    cast,
                    cast_outside: None,
                }),
                _ => None,
            };
        }
        if path[..] != ["current_setting"] {
            return None;
        }
        let (variable, missing_ok) = match &arguments[..] {
            [Expr::Text(variable)] => (variable, false),
            [Expr::Text(variable), Expr::Constant(flag)] => (variable, flag == "TRUE"),
            _ => return None,
        };
        Some(Session {
            variable,
            missing_ok,
            has_nullif,
            in_select: false,
            is_sealed: false,
            cast,
            cast_outside: None,
        })
    }

    /// Whether the tenant is cast to a type that is not PostgreSQL's own: it comes with its schema.
    fn is_of_application(&self) -> bool {
        self.cast.is_some_and(|cast| cast.contains('.'))
    }

    /// `lowered` says that the cast outside is the one from a domain to what is below it.
    fn differences(&self, canonical: &Canonical<'_>, lowered: bool) -> Vec<Difference> {
        let registry = canonical.registry;
        let mut found = Vec::new();
        // The server does not mind the case of a variable either.
        if !self.variable.eq_ignore_ascii_case(registry.variable) {
            found.push(Difference::Variable(self.variable.to_owned()));
        }
        if !self.in_select && !canonical.may_be_bare {
            found.push(Difference::PerRow);
        }
        if self.is_sealed && !canonical.is_seal_sound {
            found.push(seal());
        }
        if !self.is_sealed && canonical.must_be_sealed {
            found.push(Difference::Unsealed);
        }
        if let Some(outside) = self.cast_outside {
            // A relabelling of varchar as text, which PostgreSQL adds by itself.
            let relabelled = outside == "text" && registry.tenant_type == "varchar";
            if !relabelled && !lowered {
                found.push(Difference::CastPerRow(outside.to_owned()));
            }
        }
        let cast = self.cast.or(self.cast_outside).unwrap_or("text");
        if !is_type(cast, registry.tenant_type) && !canonical.keeps(cast) {
            found.push(Difference::Unknown);
        }
        let accepts = |form| canonical.forms.contains(&form);
        match (self.missing_ok, self.has_nullif) {
            (true, true) if !accepts(OnMissing::NoRows) => found.push(Difference::Hides),
            (true, true) => {}
            (true, false) => found.push(Difference::EmptyTenant),
            (false, false) if accepts(OnMissing::Error) => {}
            (false, _) => found.push(Difference::Raises),
        }
        found
    }
}

/// The function that verifies sealed tenants.
const SEAL: [&str; 2] = [FUNCTION.schema, FUNCTION.name];

fn seal() -> Difference {
    Difference::Function(SEAL.map(str::to_owned).to_vec())
}

/// Whether a value of EXISTS calls nothing.
fn is_inert(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(_) | Expr::Text(_) | Expr::Column(_))
}

fn uncast(expr: &Expr) -> (&Expr, Option<&str>) {
    match expr {
        Expr::Cast(inner, name) => (inner, Some(name)),
        expr => (expr, None),
    }
}

/// Whether a type as PostgreSQL writes it is the one that the registry names.
fn is_type(written: &str, registered: &str) -> bool {
    let usual = match registered {
        "int2" => "smallint",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "varchar" => "character varying",
        "bpchar" => "character",
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    written == usual
        // A type of the application comes with its schema, which the registry does not know.
        || (written.rsplit_once('.').is_some_and(|(_, name)| name == registered)
            && usual == registered)
}

/// Whether a cast is the one to the type below a domain. A varchar is compared as a text.
fn is_lowered(cast: &str, base: &str) -> bool {
    is_type(cast, base) || (base == "varchar" && cast == "text")
}

/// Whether an expression is true whatever the row.
fn is_true(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(word) => word == "TRUE",
        Expr::Not(inner) => is_false(inner),
        Expr::Or(parts) => parts.iter().any(is_true),
        Expr::And(parts) => parts.iter().all(is_true),
        // Of a NULL it is not true, but a tenant column has none.
        Expr::Operator(left, operator, Some(right)) if operator == "=" => left == right,
        Expr::Operator(left, operator, Some(right)) if operator == "IS NOT DISTINCT FROM" => {
            left == right
        }
        Expr::Operator(operand, operator, None) if operator == "IS NOT NULL" => {
            matches!(**operand, Expr::Column(_))
        }
        Expr::Operator(operand, operator, None) if operator == "IS TRUE" => is_true(operand),
        Expr::Cast(inner, name) => {
            name == "boolean"
                && match &**inner {
                    Expr::Text(text) => matches!(text.as_str(), "t" | "true"),
                    inner => is_true(inner),
                }
        }
        Expr::Select(select) => {
            select.tables.is_empty()
                && select.condition.is_none()
                && matches!(&select.values[..], [value] if is_true(value))
        }
        Expr::Exists(select) => {
            select.tables.is_empty() && select.condition.as_ref().is_none_or(is_true)
        }
        Expr::Text(_) | Expr::Column(_) | Expr::Call(..) | Expr::Operator(..) => false,
    }
}

fn is_false(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(word) => word == "FALSE",
        Expr::Not(inner) => is_true(inner),
        Expr::And(parts) => parts.iter().any(is_false),
        Expr::Operator(operand, operator, None) => {
            operator == "IS NULL" && matches!(**operand, Expr::Column(_))
        }
        _ => false,
    }
}

/// The functions outside of `pg_catalog` that are called, also where the rest could not be read.
fn functions(tokens: &[Token]) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        let [Token::Name(schema), dot, Token::Name(name), open] = window else {
            continue;
        };
        // The name of a column type such as `public.money(2)` is not called.
        let is_type = at > 0 && tokens[at - 1].is_sign("::");
        if dot.is_sign(".") && open.is_sign("(") && !is_type {
            let difference = Difference::Function(vec![schema.clone(), name.clone()]);
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
    }
    found
}
