// ncursesw for Swift: what the importer leaves out (casts, function macros, mutable globals) as inline functions.
#pragma once
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#include <locale.h>
#include <wchar.h>
