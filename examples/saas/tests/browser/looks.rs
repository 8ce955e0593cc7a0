//! How pages fit a screen, and whether everybody can use them.

use std::fs;
use std::path::Path;

use crate::driver::{Browser, DESKTOP, Screen, visit};

const PHONE: Screen = Screen {
    name: "phone",
    width: 360,
    height: 740,
    is_phone: true,
    is_dark: false,
};

/// The smallest phones that are still in use.
const SMALL: Screen = Screen {
    name: "small",
    width: 320,
    height: 568,
    ..PHONE
};

const DARK: Screen = Screen {
    name: "dark",
    is_dark: true,
    ..DESKTOP
};

const PAGES: [(&str, &str); 10] = [
    ("home", "/o/northwind"),
    ("projects", "/o/northwind/projects"),
    ("members", "/o/northwind/members"),
    ("reports", "/o/northwind/reports"),
    ("audit", "/o/northwind/audit"),
    ("settings", "/o/northwind/settings"),
    ("erase", "/o/northwind/erase"),
    ("organisations", "/organisations"),
    ("new", "/organisations/new"),
    ("nothing", "/nowhere"),
];

/// Visits every page, and hands each to a check.
async fn walk(browser: &Browser, screen: Screen, check: impl AsyncFn(&Browser, String)) {
    browser.go("/sign-in").await;
    let look = async |name: &str| {
        let page = format!("{}-{name}", screen.name);
        keep(browser, &page).await;
        check(browser, page).await;
    };
    look("sign-in").await;
    browser.sign_in("ada@northwind.example").await;
    for (name, path) in PAGES {
        browser.go(path).await;
        look(name).await;
    }
    browser.go("/o/northwind/projects").await;
    browser.follow(".tile a").await;
    look("board").await;
    browser.press("details summary").await;
    look("board-form").await;
    browser.follow(".ticket a").await;
    look("task").await;
    browser.go("/o/northwind/reports").await;
    browser.follow("main form button").await;
    browser.wait_for("Ready", "Failed").await;
    look("report").await;
}

/// Keeps a picture of the page below `target`, on demand.
async fn keep(browser: &Browser, name: &str) {
    if std::env::var_os("SAAS_SCREENSHOTS").is_some() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("saas");
        fs::create_dir_all(&folder).unwrap();
        let picture = browser.client.screenshot().await.unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

const TOO_WIDE: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// Controls without a name, fields without a label, images that are broken or have no text, pages without a heading or a language.
const UNUSABLE: &str = "
    const problems = [];
    const named = (e) => (e.textContent || '').trim() || e.getAttribute('aria-label') || e.title;
    for (const e of document.querySelectorAll('a, button, summary')) if (!named(e)) problems.push(e.outerHTML);
    for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
        if (!(e.labels.length && e.labels[0].textContent.trim()) && !e.getAttribute('aria-label'))
            problems.push(e.outerHTML);
    for (const e of document.querySelectorAll('img')) if (!e.alt || !e.naturalWidth) problems.push(e.outerHTML);
    if (document.querySelectorAll('h1').length !== 1) problems.push('not one h1');
    if (document.querySelectorAll('main').length !== 1) problems.push('not one main');
    if (!document.documentElement.lang) problems.push('no language');
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    if (new Set(ids).size !== ids.length) problems.push('an id twice: ' + ids);
    return problems;
";

/// Targets for a finger that are smaller than 24 pixels, other than links in running text.
const TOO_SMALL: &str = "
    return [...document.querySelectorAll('button, select, input:not([type=hidden]), nav[aria-label=Main] a')]
        .filter((e) => { const r = e.getBoundingClientRect(); return r.width && (r.width < 24 || r.height < 24) })
        .map((e) => e.outerHTML);
";

/// Texts whose colours are nearer to each other than 4.5 to 1, which is what WCAG asks for.
const HARD_TO_READ: &str = "
    const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m };
    const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b };
    const behind = (e) => { for (; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c.slice(0, 3) }
        return [255, 255, 255] };
    const problems = [];
    for (const e of document.querySelectorAll('body *')) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.getClientRects().length || e.closest('svg') || e.closest('.hidden, .skip')) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) problems.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 120));
    }
    return problems;
";

async fn holds(browser: &Browser, page: &str, script: &str) {
    let problems = browser.ask(script).await;
    let none = problems.as_array().is_some_and(Vec::is_empty) || problems.as_i64() == Some(0);
    assert!(none, "{page}: {problems:#}");
}

#[test]
fn no_page_is_wider_than_a_phone() {
    visit(&[PHONE, SMALL], async |visit| {
        let [phone, small] = visit.browsers();
        for (browser, screen) in [(&phone, PHONE), (&small, SMALL)] {
            walk(browser, screen, async |browser, page| {
                holds(browser, &page, TOO_WIDE).await;
                holds(browser, &page, TOO_SMALL).await;
            })
            .await;
        }
    });
}

#[test]
fn pages_can_be_read_and_used_in_light_and_dark() {
    visit(&[DESKTOP, DARK], async |visit| {
        let [light, dark] = visit.browsers();
        for (browser, screen) in [(&light, DESKTOP), (&dark, DARK)] {
            walk(browser, screen, async |browser, page| {
                holds(browser, &page, TOO_WIDE).await;
                holds(browser, &page, UNUSABLE).await;
                holds(browser, &page, HARD_TO_READ).await;
            })
            .await;
        }
        // The control: the questions notice what they ask for.
        light.go("/sign-in").await;
        let spoil = "document.querySelector('h1').remove(); document.querySelector('label').style.color = '#ddd'";
        light.ask(spoil).await;
        assert_ne!(light.ask(UNUSABLE).await.as_array().unwrap().len(), 0);
        assert_ne!(light.ask(HARD_TO_READ).await.as_array().unwrap().len(), 0);
    });
}
