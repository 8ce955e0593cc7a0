use std::sync::{Arc, OnceLock};

use diesel::PgConnection;
use tenancy_testing::{PgServer, Standby};
use tenancy_tests::database::{Layers, Shop};

/// The one standby of this process, which the tests share. Those that pause it have their own.
pub(crate) fn standby() -> &'static Standby {
    static STANDBY: OnceLock<Standby> = OnceLock::new();
    STANDBY.get_or_init(|| Standby::of(&PgServer::shared().unwrap()).unwrap())
}

/// A database of its own, on the primary server and on a standby.
pub(crate) struct Replicated<'a> {
    pub(crate) shop: Shop,
    pub(crate) standby: &'a Standby,
}

impl Replicated<'static> {
    pub(crate) fn new(layers: Layers) -> Self {
        Replicated::on(standby(), layers)
    }
}

impl<'a> Replicated<'a> {
    pub(crate) fn on(standby: &'a Standby, layers: Layers) -> Self {
        let shop = Shop::new(layers);
        standby.catch_up().unwrap();
        Replicated { shop, standby }
    }

    fn database(&self) -> String {
        self.shop.url().rsplit_once('/').unwrap().1.to_owned()
    }

    /// The URL of a role on the standby.
    pub(crate) fn url_of(&self, role: &str) -> String {
        self.standby.url(&self.database(), role)
    }

    /// The URL of the application on the standby.
    pub(crate) fn url(&self) -> String {
        self.url_of(self.shop.app_role())
    }

    /// A connection of the application to the standby.
    pub(crate) fn raw(&self) -> PgConnection {
        diesel::Connection::establish(&self.url()).unwrap()
    }

    /// The server keeps the database for as long.
    pub(crate) fn server(&self) -> &Arc<PgServer> {
        self.shop.server()
    }
}
