const _: () = {
    impl<'a, T: Copy, const N: usize> renamed::TenantModel for Invoice<'a, T, N>
    where
        T: Eq,
    {
        type Table = crate::schema::billing::invoices::table;
        type Key<'__row> = (&'__row &'a str, &'__row i32) where Self: '__row;
        fn key(&self) -> Self::Key<'_> {
            (&self.region, &self.r#type)
        }
    }
    impl<'a, T: Copy, const N: usize> ::diesel::associations::HasTable
    for Invoice<'a, T, N>
    where
        T: Eq,
    {
        type Table = renamed::__private::ModelTable<
            crate::schema::billing::invoices::table,
        >;
        fn table() -> Self::Table {
            renamed::NoTable::__new()
        }
    }
    impl<'__model, 'a, T: Copy, const N: usize> ::diesel::associations::Identifiable
    for &'__model Invoice<'a, T, N>
    where
        T: Eq,
    {
        type Id = (&'__model &'a str, &'__model i32);
        fn id(self) -> Self::Id {
            (&self.region, &self.r#type)
        }
    }
    const _: () = {
        let _ = crate::schema::billing::invoices::region;
    };
    const _: () = {
        let _ = crate::schema::billing::invoices::number;
    };
    const _: fn() = || {
        fn scoped<T: renamed::__private::TenantTable>() {}
        scoped::<crate::schema::billing::invoices::table>();
    };
};
