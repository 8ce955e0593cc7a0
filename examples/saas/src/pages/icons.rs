//! The icons, drawn by hand on a grid of 24.

use maud::{Markup, PreEscaped, html};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Icon {
    Home,
    Board,
    People,
    Chart,
    Shield,
    Sliders,
    Switch,
    Leave,
    File,
}

/// An icon in the colour of the text around it.
pub(crate) fn icon(icon: Icon) -> Markup {
    let path = match icon {
        Icon::Home => "M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
        Icon::Board => "M5 4h4v16H5zM10 4h4v10h-4zM15 4h4v13h-4z",
        Icon::People => {
            "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-6 6-6s6 2.5 6 6\
             M16 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14.5c2.2.8 3.5 2.8 3.5 5.5"
        }
        Icon::Chart => "M4 20h16M7 20v-6M12 20V6M17 20v-9",
        Icon::Shield => "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
        Icon::Sliders => "M4 8h9M17 8h3M4 16h3M11 16h9M15 5.5v5M9 13.5v5",
        Icon::Switch => "M7 4 3 8l4 4M3 8h14M17 12l4 4-4 4M21 16H7",
        Icon::Leave => "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
        Icon::File => "M7 3h7l4 4v14H7zM14 3v4h4",
    };
    html! {
        svg.icon viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d=(PreEscaped(path)) {}
        }
    }
}
