// ncursesw for Swift: what the importer leaves out (casts, function macros, mutable globals) as inline functions.
#pragma once
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <locale.h>
#include <langinfo.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// A screen on the process' own terminal; null where ncurses does not know `type`.
static inline SCREEN *emolab_newterm(const char *type) { return newterm(type, stdout, stdin); }

static inline WINDOW *emolab_stdscr(void) { return stdscr; }
static inline int emolab_colors(void) { return COLORS; }
static inline int emolab_color_pairs(void) { return COLOR_PAIRS; }

static const attr_t emolab_bold = A_BOLD;
static const attr_t emolab_dim = A_DIM;
static const attr_t emolab_reverse = A_REVERSE;
static const attr_t emolab_underline = A_UNDERLINE;

// Puts `text` (one base character and its marks, ended by 0) at a place. The lower right cell reports an error but is drawn.
static inline void emolab_put(WINDOW *window, int y, int x, const wchar_t *text, attr_t attributes, int pair) {
    cchar_t cell;
    if (setcchar(&cell, text, attributes, 0, &pair) == OK) mvwadd_wch(window, y, x, &cell);
}

// The next key: its kind (KEY_CODE_YES, OK, ERR) and, in `code`, what it is.
static inline int emolab_key(WINDOW *window, unsigned int *code) {
    wint_t value = 0;
    int kind = wget_wch(window, &value);
    *code = value;
    return kind;
}

// Presses of the first button and the wheel are reported, or nothing is; a press is not held back to see whether it becomes a click.
static inline void emolab_mouse(bool on) {
    mouseinterval(0);
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, 0);
}

// After KEY_MOUSE: the button (1, or 4 and 5 for the wheel up and down; 0 for anything else) and its cell.
static inline int emolab_mouse_event(int *x, int *y) {
    MEVENT event;
    if (getmouse(&event) != OK) return 0;
    *x = event.x;
    *y = event.y;
    if (event.bstate & BUTTON1_PRESSED) return 1;
    if (event.bstate & BUTTON4_PRESSED) return 4;
    return event.bstate & BUTTON5_PRESSED ? 5 : 0;
}

// Rows and columns of the terminal behind `descriptor`; false where it is none.
static inline bool emolab_size(int descriptor, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

static inline bool emolab_is_utf8(void) {
    const char *name = nl_langinfo(CODESET);
    return (name[0] | 32) == 'u' && (name[1] | 32) == 't' && (name[2] | 32) == 'f' && name[3] == '-' && name[4] == '8';
}

// A string capability of the terminal that is open, or null.
static inline const char *emolab_capability(const char *name) {
    char *value = tigetstr((char *)name);
    return value == (char *)-1 ? 0 : value;
}

// Cells that the C library, and so curses, gives to a character. Declared here because the headers hide it without X/Open.
extern int wcwidth(wchar_t character);
static inline int emolab_width(wchar_t character) { return wcwidth(character); }

// Declared here because <term.h> defines `columns` and other plain words as macros.
struct term;
extern int setupterm(const char *type, int descriptor, int *error);
extern struct term *set_curterm(struct term *terminal);
extern int del_curterm(struct term *terminal);

// Colours that terminfo gives to a type: -1 without colours, -2 where it does not know the type. Opens no screen.
static inline int emolab_terminfo_colors(const char *type) {
    struct term *before = set_curterm(0);
    int error = 0;
    int count = setupterm(type, STDOUT_FILENO, &error) == OK ? tigetnum("colors") : -2;
    struct term *made = set_curterm(before);
    if (made) del_curterm(made);
    return count;
}
