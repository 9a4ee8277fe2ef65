//! Turns results into one offline HTML page.
