//! Cells of a sheet by what they hold.

use chrono::{Datelike, NaiveDate};
use domain::report::Dates;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

/// Characters that a cell is cut at; a workbook allows 32 767 units of UTF-16.
const LONGEST: usize = 16_000;

/// The text as far as a cell can hold it.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// What a cell holds. None leaves it empty.
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// In the unit of its row.
    Amount(Option<Decimal>),
    /// In the report's currency.
    Money(Option<Decimal>),
    /// 0 to 1, shown as percent.
    Share(Decimal),
    /// Percent as it is.
    Percent(Option<Decimal>),
    Day(Option<NaiveDate>),
}

/// A sheet that is written from top to bottom.
pub(super) struct Sheet<'a> {
    pub(super) sheet: &'a mut Worksheet,
    pub(super) next: u32,
    header: Format,
    title: Format,
    text: Format,
    dates: Dates,
}

impl<'a> Sheet<'a> {
    /// An empty sheet with this name and the widths of its columns, in characters.
    pub(super) fn new(
        sheet: &'a mut Worksheet,
        name: &str,
        widths: &[f64],
        dates: Dates,
    ) -> Result<Self, XlsxError> {
        sheet.set_name(name)?;
        for (column, width) in (0_u16..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.set_landscape().set_print_fit_to_pages(1, 0);
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_background_color(0x00EE_F1EC)
            .set_border_bottom(FormatBorder::Thin);
        let title = Format::new().set_bold().set_font_size(14);
        Ok(Self { sheet, next: 0, header, title, text: Format::new().set_align(FormatAlign::Top), dates })
    }

    /// A line in large type.
    pub(super) fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.next, 0, short(text), &self.title)?;
        self.next += 1;
        Ok(())
    }

    /// Heads of columns.
    pub(super) fn header(&mut self, names: &[String]) -> Result<(), XlsxError> {
        for (column, name) in (0_u16..).zip(names) {
            self.sheet.write_string_with_format(self.next, column, short(name), &self.header)?;
        }
        self.next += 1;
        Ok(())
    }

    /// One row.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        for (column, cell) in (0_u16..).zip(cells) {
            self.cell(column, cell)?;
        }
        self.next += 1;
        Ok(())
    }

    fn cell(&mut self, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        let (value, format) = match cell {
            Cell::Text(text) => {
                self.sheet.write_string_with_format(self.next, column, short(text), &self.text)?;
                return Ok(());
            }
            Cell::Day(day) => return day.map_or(Ok(()), |day| self.day(column, day)),
            Cell::Amount(value) => (*value, "#,##0.000"),
            Cell::Money(value) => (*value, "#,##0.00"),
            Cell::Percent(value) => (*value, "0.##"),
            Cell::Share(value) => (Some(*value), "0.0%"),
        };
        if let Some(value) = value.and_then(|value| value.to_f64()) {
            let format = Format::new().set_num_format(format).set_align(FormatAlign::Top);
            self.sheet.write_number_with_format(self.next, column, value, &format)?;
        }
        Ok(())
    }

    fn day(&mut self, column: u16, day: NaiveDate) -> Result<(), XlsxError> {
        let year = u16::try_from(day.year())
            .map_err(|_| XlsxError::DateTimeRangeError(format!("{day} is no day of a workbook")))?;
        let small = |n: u32| u8::try_from(n).unwrap_or_default();
        let value = ExcelDateTime::from_ymd(year, small(day.month()), small(day.day()))?;
        let format = match self.dates {
            Dates::Words | Dates::Iso => "yyyy-mm-dd",
            // The slash is the reader's own separator unless it is escaped.
            Dates::DayFirst => r"dd\/mm\/yyyy",
            Dates::MonthFirst => r"mm\/dd\/yyyy",
        };
        let format = Format::new().set_num_format(format).set_align(FormatAlign::Top);
        self.sheet.write_datetime_with_format(self.next, column, &value, &format)?;
        Ok(())
    }
}
