//! Values for columns and arguments, made from their types.

use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Oid, Text};
use tenancy_diesel::quote_literal;

/// Made keys begin here, where rows of a test seldom are.
const FIRST: u32 = 1_000_000;

/// The library's type of encrypted columns.
const ENCRYPTED: &str = "tenancy_encrypted";

/// A type as far as values of it are made.
#[derive(Debug, Clone)]
pub(super) struct Type {
    /// As SQL writes it, with its length: `character varying(20)`.
    pub(super) sql: String,
    /// The name in `pg_type`; of a domain, that of the type below it, except for
    /// [`ENCRYPTED`].
    pub(super) name: String,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Base { modifier: i32 },
    Enum(Vec<String>),
    Array(Box<Type>),
    Range(Box<Type>),
    Other,
}

#[derive(QueryableByName)]
struct TypeRow {
    #[diesel(sql_type = Text)]
    sql: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Oid)]
    base: u32,
    #[diesel(sql_type = Integer)]
    base_modifier: i32,
    #[diesel(sql_type = Oid)]
    element: u32,
    #[diesel(sql_type = Nullable<Oid>)]
    subtype: Option<u32>,
    #[diesel(sql_type = Array<Text>)]
    labels: Vec<String>,
}

impl Type {
    pub(super) fn read(conn: &mut PgConnection, oid: u32, modifier: i32) -> QueryResult<Type> {
        let row: TypeRow = diesel::sql_query(
            "SELECT pg_catalog.format_type(t.oid, $2) AS sql, t.typname::text AS name,
                    t.typtype::text AS kind, t.typbasetype AS base, t.typtypmod AS base_modifier,
                    CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE 0::oid END AS element,
                    r.rngsubtype AS subtype,
                    ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e
                          WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
             FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
             WHERE t.oid = $1",
        )
        .bind::<Oid, _>(oid)
        .bind::<Integer, _>(modifier)
        .get_result(conn)?;
        let (mut sql, mut name) = (row.sql, row.name);
        let shape = match row.kind.as_str() {
            "d" => {
                let below = Type::read(conn, row.base, row.base_modifier)?;
                // The application's role has no use for the library's schema, so it casts to the type below.
                // That would take any bytes, which is why the name is kept.
                if name == ENCRYPTED {
                    sql = below.sql;
                } else {
                    name = below.name;
                }
                below.shape
            }
            "e" => Shape::Enum(row.labels),
            "r" => match row.subtype {
                Some(subtype) => Shape::Range(Box::new(Type::read(conn, subtype, -1)?)),
                None => Shape::Other,
            },
            "b" if row.element != 0 => {
                Shape::Array(Box::new(Type::read(conn, row.element, modifier)?))
            }
            "b" => Shape::Base { modifier },
            _ => Shape::Other,
        };
        Ok(Type { sql, name, shape })
    }

    /// A text of this type as an SQL expression.
    pub(super) fn literal(&self, text: &str) -> String {
        format!("{}::{}", quote_literal(text), self.sql)
    }

    /// The `n`th value as an SQL expression, different from the others where the type has room.
    pub(super) fn value(&self, n: u32) -> Option<String> {
        match &self.shape {
            Shape::Base { modifier } => {
                base(&self.name, *modifier, n).map(|text| self.literal(&text))
            }
            Shape::Enum(labels) => {
                let index = n as usize % labels.len().max(1);
                labels.get(index).map(|label| self.literal(label))
            }
            Shape::Array(element) => {
                let element = element.value(n)?;
                Some(format!("ARRAY[{element}]::{}", self.sql))
            }
            Shape::Range(bound) => {
                let (low, high) = (bound.value(2 * n)?, bound.value(2 * n + 1)?);
                Some(format!("{}({low}, {high})", self.sql))
            }
            Shape::Other => None,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Base { .. })
            && ["text", "varchar", "citext", "bpchar"].contains(&self.name.as_str())
    }

    /// A text of the type `wanted` as a value of this type, or of an array of it.
    pub(super) fn of(&self, wanted: &str, text: &str) -> Option<String> {
        match &self.shape {
            Shape::Array(element) => {
                let element = element.of(wanted, text)?;
                Some(format!("ARRAY[{element}]::{}", self.sql))
            }
            _ => (self.name == wanted).then(|| self.literal(text)),
        }
    }
}

/// The text of the `n`th value of one of PostgreSQL's own types.
fn base(name: &str, modifier: i32, n: u32) -> Option<String> {
    let large = FIRST + n;
    Some(match name {
        "int2" => (20_000 + n % 10_000).to_string(),
        "int4" | "int8" | "oid" | "float4" | "float8" | "money" => large.to_string(),
        "numeric" => numeric(modifier, large),
        "bool" => n.is_multiple_of(2).to_string(),
        "text" | "citext" | "name" => format!("probe-{large}"),
        "varchar" | "bpchar" => short(modifier, large),
        "char" => char::from(b'a' + (n % 26) as u8).to_string(),
        "uuid" => format!("7e570000-0000-4000-8000-{n:012x}"),
        "date" => format!(
            "20{:02}-{:02}-{:02}",
            n / 300 % 100,
            n / 25 % 12 + 1,
            n % 25 + 1
        ),
        "timestamp" | "timestamptz" => {
            format!(
                "2020-01-{:02} {:02}:{:02}:00",
                n / 1440 % 28 + 1,
                n / 60 % 24,
                n % 60
            )
        }
        "time" | "timetz" => format!("{:02}:{:02}:00", n / 60 % 24, n % 60),
        "interval" => format!("{n} minutes"),
        "bytea" => format!("\\x{large:08x}"),
        // The form of an encrypted value: nobody opens it.
        ENCRYPTED => format!("\\xf901000200000001{large:0152x}"),
        "json" | "jsonb" => "{}".to_owned(),
        "inet" | "cidr" => format!("10.{}.{}.{}", (n >> 16) & 255, (n >> 8) & 255, n & 255),
        "macaddr" => format!(
            "02:00:00:{:02x}:{:02x}:{:02x}",
            (n >> 16) & 255,
            (n >> 8) & 255,
            n & 255
        ),
        "bit" => format!(
            "{:0width$b}",
            0,
            width = usize::try_from(modifier).unwrap_or(1)
        ),
        "varbit" => format!("{n:b}"),
        "tsvector" | "tsquery" | "ltree" => format!("probe{large}"),
        "hstore" => String::new(),
        "point" => format!("({n},{n})"),
        "xml" => "<probe/>".to_owned(),
        _ => return None,
    })
}

/// A number that `numeric(precision, scale)` holds.
fn numeric(modifier: i32, n: u32) -> String {
    if modifier < 4 {
        return n.to_string();
    }
    let (precision, scale) = (((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0x7ff);
    match u32::try_from(precision - scale) {
        Ok(digits @ 1..=8) => (n % 10_u32.pow(digits)).to_string(),
        Ok(0) | Err(_) => "0".to_owned(),
        Ok(_) => n.to_string(),
    }
}

/// A text within the length of the type.
fn short(modifier: i32, n: u32) -> String {
    let full = format!("probe-{n}");
    match usize::try_from(modifier - 4) {
        Ok(length) if length < full.len() => {
            let digits = n.to_string();
            digits[digits.len().saturating_sub(length)..].to_owned()
        }
        _ => full,
    }
}

/// A source of numbers for values.
#[derive(Debug, Default)]
pub(super) struct Counter(u32);

impl Counter {
    pub(super) fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_fit_their_lengths() {
        assert_eq!(short(4 + 3, 1_000_007), "007");
        assert_eq!(short(4 + 80, 1_000_007), "probe-1000007");
        assert_eq!(short(-1, 1_000_007), "probe-1000007");
        assert_eq!(numeric(-1, 1_000_007), "1000007");
        assert_eq!(numeric(((5 << 16) | 2) + 4, 1_000_007), "7");
        assert_eq!(numeric(((2 << 16) | 2) + 4, 1_000_007), "0");
    }

    #[test]
    fn a_type_that_is_unknown_has_no_value() {
        assert_eq!(base("geometry", -1, 1), None);
    }
}
