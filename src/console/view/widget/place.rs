//! Where popups stand.

use ratatui::layout::Rect;

/// A rectangle of at most that size in the middle of `area`.
pub fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

/// A rectangle of at most that size in the bottom right corner of `area`.
pub fn bottom_right(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.right() - width, area.bottom() - height, width, height)
}

/// `area` cut in two columns, the left one `left` wide.
pub fn columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (
        Rect {
            width: left,
            ..area
        },
        Rect {
            x: area.x + left,
            width: area.width - left,
            ..area
        },
    )
}

/// `area` cut in two rows, the upper one `top` high.
pub fn rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (
        Rect {
            height: top,
            ..area
        },
        Rect {
            y: area.y + top,
            height: area.height - top,
            ..area
        },
    )
}

/// `area` without one column on each side.
pub fn inset(area: Rect) -> Rect {
    let cut = area.width.min(2);
    Rect {
        x: area.x + cut.div_ceil(2),
        width: area.width - cut,
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_inside_whatever_the_size() {
        for width in 0..6 {
            for height in 0..6 {
                let area = Rect::new(3, 2, width, height);
                for place in [
                    centered(area, 4, 3),
                    bottom_right(area, 4, 3),
                    columns(area, 4).1,
                    rows(area, 4).1,
                    inset(area),
                ] {
                    assert_eq!(place.intersection(area), place, "{area}");
                }
            }
        }
    }
}
