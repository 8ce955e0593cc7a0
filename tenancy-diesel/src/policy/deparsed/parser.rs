//! The form of a condition.

use super::tokens::Token;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    Text(String),
    /// A number, TRUE, FALSE or NULL, in capitals.
    Constant(String),
    /// A column, with what stands before it.
    Column(Vec<String>),
    /// A function, with its schema where it is not in `pg_catalog`.
    Call(Vec<String>, Vec<Expr>),
    Cast(Box<Expr>, String),
    /// Two operands, or one with a test such as IS NULL as its operator.
    Operator(Box<Expr>, String, Option<Box<Expr>>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Select(Box<Select>),
    Exists(Box<Select>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Select {
    pub(super) values: Vec<Expr>,
    /// Tables with their schemas, and the names that they have in the query.
    pub(super) tables: Vec<(Vec<String>, String)>,
    pub(super) condition: Option<Expr>,
}

/// The expression that the tokens are, or `None` where they are none that is known here.
pub(super) fn parse(tokens: &[Token]) -> Option<Expr> {
    let mut parser = Parser {
        rest: tokens,
        depth: 0,
    };
    let expr = parser.expression()?;
    parser.rest.is_empty().then_some(expr)
}

/// Deeper than any condition that a person writes. What is deeper would use up the stack.
const MAX_DEPTH: usize = 100;

struct Parser<'t> {
    rest: &'t [Token],
    depth: usize,
}

impl Parser<'_> {
    fn sign(&mut self, sign: &str) -> Option<()> {
        self.take(|token| token.is_sign(sign))
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        self.take(|token| token.is_keyword(keyword))
    }

    fn take(&mut self, wanted: impl Fn(&Token) -> bool) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        wanted(first).then(|| self.rest = rest)
    }

    fn name(&mut self) -> Option<String> {
        let (Token::Name(name), rest) = self.rest.split_first()? else {
            return None;
        };
        self.rest = rest;
        Some(name.clone())
    }

    fn path(&mut self) -> Option<Vec<String>> {
        let mut path = vec![self.name()?];
        while self.sign(".").is_some() {
            path.push(self.name()?);
        }
        Some(path)
    }

    fn expression(&mut self) -> Option<Expr> {
        let first = self.operand()?;
        for (keyword, chain) in [("AND", Expr::And as fn(_) -> _), ("OR", Expr::Or)] {
            if self.rest.first().is_some_and(|t| t.is_keyword(keyword)) {
                let mut parts = vec![first];
                while self.keyword(keyword).is_some() {
                    parts.push(self.operand()?);
                }
                return Some(chain(parts));
            }
        }
        if self.keyword("IS").is_some() {
            return self.test(first);
        }
        match self.operator() {
            Some(operator) => {
                let right = self.operand()?;
                Some(Expr::Operator(
                    Box::new(first),
                    operator,
                    Some(Box::new(right)),
                ))
            }
            None => Some(first),
        }
    }

    fn test(&mut self, operand: Expr) -> Option<Expr> {
        let not = if self.keyword("NOT").is_some() {
            "NOT "
        } else {
            ""
        };
        let operand = Box::new(operand);
        if self.keyword("DISTINCT").is_some() {
            self.keyword("FROM")?;
            let right = Box::new(self.operand()?);
            let operator = format!("IS {not}DISTINCT FROM");
            return Some(Expr::Operator(operand, operator, Some(right)));
        }
        let what = ["NULL", "TRUE", "FALSE", "UNKNOWN"]
            .into_iter()
            .find(|what| self.keyword(what).is_some())?;
        Some(Expr::Operator(operand, format!("IS {not}{what}"), None))
    }

    /// `=`, or `OPERATOR(schema.=)` of an operator that is not in `pg_catalog`.
    fn operator(&mut self) -> Option<String> {
        if self.keyword("OPERATOR").is_some() {
            self.sign("(")?;
            let mut name = String::new();
            while let Some(schema) = self.name() {
                name += &schema;
                name += ".";
                self.sign(".")?;
            }
            name += &self.operator()?;
            self.sign(")")?;
            return Some(name);
        }
        let (Token::Sign(sign), rest) = self.rest.split_first()? else {
            return None;
        };
        if !self.rest[0].is_operator() {
            return None;
        }
        self.rest = rest;
        Some(sign.clone())
    }

    fn operand(&mut self) -> Option<Expr> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let mut expr = self.primary()?;
        self.depth -= 1;
        while self.sign("::").is_some() {
            expr = match (expr, self.type_name()?) {
                // A text is a text.
                (Expr::Text(text), name) if name == "text" => Expr::Text(text),
                (expr, name) => Expr::Cast(Box::new(expr), name),
            };
        }
        Some(expr)
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.sign("(").is_some() {
            let inner = if self.rest.first()?.is_keyword("SELECT") {
                Expr::Select(Box::new(self.select()?))
            } else {
                self.expression()?
            };
            self.sign(")")?;
            return Some(inner);
        }
        match self.rest.first()? {
            Token::Text(text) => {
                self.rest = &self.rest[1..];
                Some(Expr::Text(text.clone()))
            }
            Token::Number(number) => {
                self.rest = &self.rest[1..];
                Some(Expr::Constant(number.clone()))
            }
            Token::Keyword(word) => {
                self.rest = &self.rest[1..];
                self.after_keyword(word)
            }
            Token::Name(_) => {
                let path = self.path()?;
                if self.sign("(").is_some() {
                    return Some(Expr::Call(path, self.arguments()?));
                }
                Some(Expr::Column(path))
            }
            Token::Sign(_) => None,
        }
    }

    fn after_keyword(&mut self, word: &str) -> Option<Expr> {
        match word {
            "true" | "false" | "NULL" => Some(Expr::Constant(word.to_uppercase())),
            "NOT" => Some(Expr::Not(Box::new(self.operand()?))),
            "EXISTS" => {
                self.sign("(")?;
                let select = self.select()?;
                self.sign(")")?;
                Some(Expr::Exists(Box::new(select)))
            }
            "NULLIF" | "COALESCE" => {
                self.sign("(")?;
                Some(Expr::Call(vec![word.to_owned()], self.arguments()?))
            }
            "CURRENT_USER" | "SESSION_USER" | "CURRENT_ROLE" => {
                Some(Expr::Call(vec![word.to_owned()], Vec::new()))
            }
            _ => None,
        }
    }

    /// What follows the parenthesis.
    fn arguments(&mut self) -> Option<Vec<Expr>> {
        let mut arguments = Vec::new();
        if self.sign(")").is_some() {
            return Some(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.sign(",").is_none() {
                self.sign(")")?;
                return Some(arguments);
            }
        }
    }

    fn select(&mut self) -> Option<Select> {
        self.keyword("SELECT")?;
        let mut select = Select {
            values: Vec::new(),
            tables: Vec::new(),
            condition: None,
        };
        loop {
            select.values.push(self.expression()?);
            if self.keyword("AS").is_some() {
                self.name()?;
            }
            if self.sign(",").is_none() {
                break;
            }
        }
        if self.keyword("FROM").is_some() {
            loop {
                let path = self.path()?;
                let name = self.name().or_else(|| path.last().cloned())?;
                select.tables.push((path, name));
                if self.sign(",").is_none() {
                    break;
                }
            }
        }
        if self.keyword("WHERE").is_some() {
            select.condition = Some(self.expression()?);
        }
        Some(select)
    }

    /// `uuid`, `character varying(40)`, `public.org_id`.
    fn type_name(&mut self) -> Option<String> {
        let mut name = self.path()?.join(".");
        while let Some(Token::Name(word)) = self.rest.first() {
            if !["varying", "precision", "with", "without", "time", "zone"].contains(&word.as_str())
            {
                break;
            }
            name += " ";
            name += word;
            self.rest = &self.rest[1..];
        }
        if self.sign("(").is_some() {
            let Expr::Constant(length) = self.primary()? else {
                return None;
            };
            self.sign(")")?;
            name += &format!("({length})");
        }
        Some(name)
    }
}
