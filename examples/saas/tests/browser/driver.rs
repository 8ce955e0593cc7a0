//! Headless Chromium, driven over WebDriver by the `chromedriver` of its package.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use saas::demo::{self, Database, PASSWORD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Browsers are large. One test has its turn at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How often a browser is asked before a test gives up.
const PATIENCE: usize = 5_000;

/// The size of a screen, in the pixels of the style sheet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
    pub(crate) is_dark: bool,
}

pub(crate) const DESKTOP: Screen = Screen {
    name: "desktop",
    width: 1280,
    height: 860,
    is_phone: false,
    is_dark: false,
};

/// The program that drives browsers. It ends with this value.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is not installed; scripts/setup does it, or apt-get install chromium-driver");
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.lines().map(Result::unwrap);
        let line = lines
            .find(|line| line.contains("started successfully on port "))
            .unwrap();
        let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
        let address = format!("http://127.0.0.1:{port}");
        Driver { process, address }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The demonstration on a port of its own. Its connections live in the runtime.
struct Site {
    runtime: Runtime,
    base: String,
    _database: Database,
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let (base, database) = runtime.block_on(async {
        let (app, database) = demo::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app.router()).into_future());
        (base, database)
    });
    Site {
        runtime,
        base,
        _database: database,
    }
});

/// Browsers that look at the site.
pub(crate) struct Visit {
    browsers: Vec<Browser>,
}

/// One browser, with cookies of its own.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    base: String,
}

/// Runs a test with a browser for each of the screens, and closes them however it ends.
pub(crate) fn visit<F>(screens: &[Screen], test: impl FnOnce(Visit) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let Site { runtime, base, .. } = &*SITE;
    let driver = Driver::start();
    runtime.block_on(async {
        let mut browsers = Vec::new();
        for screen in screens {
            browsers.push(Browser {
                client: open(&driver, screen).await,
                base: base.clone(),
            });
        }
        let clients: Vec<Client> = browsers.iter().map(|b| b.client.clone()).collect();
        let result = tokio::spawn(test(Visit { browsers })).await;
        for client in clients {
            client.close().await.unwrap();
        }
        result.unwrap();
    });
}

async fn open(driver: &Driver, screen: &Screen) -> Client {
    let Screen { width, height, .. } = screen;
    let mut arguments = vec![
        "--headless=new".to_owned(),
        // Chromium refuses to run as root with its sandbox. It looks at our own pages only.
        "--no-sandbox".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--window-size={width},{height}"),
    ];
    if screen.is_dark {
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let mut options = json!({ "args": arguments });
    if screen.is_phone {
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 1.0, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    let capabilities = json!({ "goog:chromeOptions": options });
    ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities.as_object().unwrap().clone())
        .connect(&driver.address)
        .await
        .unwrap()
}

impl Visit {
    /// The browsers, in the order of the screens.
    pub(crate) fn browsers<const N: usize>(&self) -> [Browser; N] {
        let browsers: Result<[Browser; N], _> = self.browsers.clone().try_into();
        browsers.unwrap_or_else(|_| panic!("{N} screens"))
    }
}

impl Browser {
    pub(crate) async fn go(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .unwrap();
    }

    /// Where the browser is, without the server.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        self.client
            .find(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Clicks on what changes this page, where nothing lies over it.
    pub(crate) async fn press(&self, css: &str) {
        let element = self.find(css).await;
        let script = "arguments[0].scrollIntoView({ block: 'center' })";
        let argument = serde_json::to_value(&element).unwrap();
        self.client.execute(script, vec![argument]).await.unwrap();
        element.click().await.unwrap();
    }

    /// Clicks on what leads to another page, and waits for that.
    pub(crate) async fn follow(&self, css: &str) {
        let page = self.find("html").await;
        self.press(css).await;
        // The element is of the page that was: it can be asked until the next one is there.
        for _ in 0..PATIENCE {
            if page.tag_name().await.is_err() {
                return;
            }
        }
        panic!("{css} leads nowhere");
    }

    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn text(&self) -> String {
        self.find("body").await.text().await.unwrap()
    }

    /// The page as the browser holds it.
    pub(crate) async fn source(&self) -> String {
        let page = self.ask("return document.documentElement.outerHTML").await;
        page.as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, email: &str) {
        self.go("/sign-in").await;
        self.type_into("[name=email]", email).await;
        self.type_into("[name=password]", PASSWORD).await;
        self.follow("main button").await;
        assert_eq!(self.path().await, "/organisations", "{email}");
    }

    /// Looks at a page that loads itself again, until it says one thing and not the other.
    pub(crate) async fn wait_for(&self, good: &str, bad: &str) {
        for _ in 0..PATIENCE {
            // While the page is loaded there may be no body to ask.
            let script = "return document.body ? document.body.innerText : ''";
            let text = self.ask(script).await.as_str().unwrap().to_owned();
            assert!(!text.contains(bad), "{text}");
            if text.contains(good) {
                return;
            }
        }
        panic!("never {good}");
    }
}
