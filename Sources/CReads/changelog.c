#define _GNU_SOURCE
#include "changelog.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Two thirds of the bytes of a tree's specs are changelogs, and nothing that a parse is asked for depends on what one
// says. But librpm expands macros in it, and refuses a spec whose changelog it cannot read. So entries are left out only
// where neither can happen: nothing but plain ASCII, no macro, no continued line, no brace that could end a macro begun
// before; and each entry with a date of the calendar, none later than the one before, a name and a description. In
// doubt librpm reads it all.

typedef struct {
  const char *at, *end;
} reader;

static bool is_plain(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte >= 0x7f || (byte < ' ' && byte != '\n' && byte != '\t')) return false;
    if (byte == '%' || byte == '\\' || byte == '{' || byte == '}') return false;
  }
  return true;
}

static bool one_of(reader *line, const char *const names[], int *index) {
  for (int i = 0; names[i]; i++)
    if (line->end - line->at >= 3 && memcmp(line->at, names[i], 3) == 0) {
      line->at += 3;
      *index = i;
      return true;
    }
  return false;
}

static bool number(reader *line, int digits_at_least, int digits_at_most, int *value) {
  int digits = 0;
  for (*value = 0; line->at < line->end && *line->at >= '0' && *line->at <= '9'; line->at++, digits++)
    if (digits < digits_at_most) *value = *value * 10 + (*line->at - '0');
  return digits >= digits_at_least && digits <= digits_at_most;
}

static bool blanks(reader *line) {
  const char *start = line->at;
  while (line->at < line->end && (*line->at == ' ' || *line->at == '\t')) line->at++;
  return line->at > start;
}

static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", NULL};
// of February what every year has: a leap day in another year is another date to librpm
static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

/// `* Mon Jan 02 2006 Name`; the date as a number that grows with it.
static bool heading(reader line, int *date) {
  int weekday, month, day, year;
  if (line.at == line.end || *line.at++ != '*') return false;
  if (!blanks(&line) || !one_of(&line, weekdays, &weekday)) return false;
  if (!blanks(&line) || !one_of(&line, months, &month)) return false;
  if (!blanks(&line) || !number(&line, 1, 2, &day) || day < 1 || day > days[month]) return false;
  if (!blanks(&line) || !number(&line, 4, 4, &year) || year < 1990 || year > 2900) return false;
  if (!blanks(&line) || line.at == line.end) return false;
  *date = (year * 12 + month) * 31 + day;
  return true;
}

static bool is_accepted(const char *text, size_t length) {
  reader rest = {text, text + length};
  int last = INT32_MAX;
  bool needs_text = false;
  while (rest.at < rest.end) {
    const char *end = memchr(rest.at, '\n', (size_t)(rest.end - rest.at));
    reader line = {rest.at, end ? end : rest.end};
    rest.at = end ? end + 1 : rest.end;
    if (line.at < line.end && *line.at == '*') {
      int date;
      if (needs_text || !heading(line, &date) || date > last) return false;
      last = date;
      needs_text = true;
      continue;
    }
    blanks(&line);
    if (line.at == line.end) continue;
    // librpm drops comments before it looks
    if (needs_text && *line.at == '#') return false;
    if (last == INT32_MAX) return false;
    needs_text = false;
  }
  return !needs_text;
}

size_t without_changelog(const char *text, size_t length) {
  static const char title[] = "\n%changelog";
  const char *percent = memrchr(text, '%', length);
  if (!percent || percent == text || (size_t)(text + length - percent) < sizeof title - 2) return length;
  // the last macro or section of all is this one
  if (memcmp(percent - 1, title, sizeof title - 1) != 0) return length;
  const char *end = memchr(percent, '\n', (size_t)(text + length - percent));
  if (!end) return length;
  for (const char *byte = percent + sizeof title - 2; byte < end; byte++)
    if (*byte != ' ' && *byte != '\t') return length;
  end++;
  size_t left = (size_t)(text + length - end);
  return is_plain(end, left) && is_accepted(end, left) ? length - left : length;
}
