//! `ONLY` and `TABLESAMPLE`.

use std::fmt::Debug;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Double, SmallInt};

use super::ScopedSource;
use crate::query::ScopedQuery;

/// Which part of a table a table reference reads.
#[doc(hidden)]
pub trait Part: Debug + Copy + Default + 'static {
    /// What stands before the name of the table.
    const BEFORE: &'static str = "";
    /// Whether the text is the same for all values.
    const IS_STATIC: bool = true;

    /// What stands after the name of the table.
    fn push_after<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

/// All of it, with the tables that inherit from it and its partitions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whole;

impl Part for Whole {}

/// The rows of the table itself, from [`only`](ScopedQuery::only).
#[derive(Debug, Clone, Copy, Default)]
pub struct Only;

impl Part for Only {
    const BEFORE: &'static str = "ONLY ";
}

/// A sample, from [`tablesample_bernoulli`](ScopedQuery::tablesample_bernoulli) and
/// [`tablesample_system`](ScopedQuery::tablesample_system).
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample<M> {
    portion: i16,
    seed: Option<f64>,
    method: PhantomData<M>,
}

/// How rows are sampled.
#[doc(hidden)]
pub trait SampleMethod: Debug + Copy + Default + 'static {
    const NAME: &'static str;
}

/// Row by row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bernoulli;

/// Page by page.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl SampleMethod for Bernoulli {
    const NAME: &'static str = " TABLESAMPLE BERNOULLI(";
}

impl SampleMethod for System {
    const NAME: &'static str = " TABLESAMPLE SYSTEM(";
}

impl<M: SampleMethod> Part for Sample<M> {
    // The seed may be there or not.
    const IS_STATIC: bool = false;

    fn push_after<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(M::NAME);
        pass.push_bind_param::<SmallInt, _>(&self.portion)?;
        pass.push_sql(")");
        if let Some(seed) = &self.seed {
            pass.push_sql(" REPEATABLE(");
            pass.push_bind_param::<Double, _>(seed)?;
            pass.push_sql(")");
        }
        Ok(())
    }
}

impl<T, Id> ScopedQuery<ScopedSource<T>, Id> {
    /// `ONLY`: without the tables that inherit from this one and without its partitions.
    pub fn only(self) -> ScopedQuery<ScopedSource<T, Only>, Id> {
        self.map(|source| source.part(Only))
    }

    /// `TABLESAMPLE BERNOULLI(portion)`: about so many percent of the rows, chosen one by one.
    ///
    /// The sample is taken of the rows of all tenants, and those of the scope's are what is left of it.
    pub fn tablesample_bernoulli(
        self,
        portion: i16,
    ) -> ScopedQuery<ScopedSource<T, Sample<Bernoulli>>, Id> {
        self.sample(portion)
    }

    /// `TABLESAMPLE SYSTEM(portion)`: about so many percent of the table's pages.
    ///
    /// The sample is taken of the pages of all tenants, and the rows of the scope's are what is left of it.
    pub fn tablesample_system(
        self,
        portion: i16,
    ) -> ScopedQuery<ScopedSource<T, Sample<System>>, Id> {
        self.sample(portion)
    }

    fn sample<M>(self, portion: i16) -> ScopedQuery<ScopedSource<T, Sample<M>>, Id> {
        self.map(|source| {
            source.part(Sample {
                portion,
                seed: None,
                method: PhantomData,
            })
        })
    }
}

impl<T, M, Id> ScopedQuery<ScopedSource<T, Sample<M>>, Id> {
    /// `REPEATABLE(seed)`: the same sample for the same seed, while the table does not change.
    pub fn with_seed(self, seed: f64) -> Self {
        self.map(|source| {
            source.map_part(|sample| Sample {
                seed: Some(seed),
                ..sample
            })
        })
    }
}
