// librepo, and what of it Swift cannot call: functions with a variable number of arguments.
#include <curl/curl.h>
#include <librepo/librepo.h>
#include <librepo/repoconf.h>
#include <librepo/url_substitution.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static inline gboolean crepo_set_text(LrHandle *handle, LrHandleOption option, const char *value) {
  return lr_handle_setopt(handle, NULL, option, value);
}

static inline gboolean crepo_set_number(LrHandle *handle, LrHandleOption option, long value) {
  return lr_handle_setopt(handle, NULL, option, value);
}

/// A request for the headers of `url`, not sent yet.
static inline CURL *crepo_headers_of(
    const char *url, const char *ca, const char *cert, const char *key, long verify) {
  CURL *curl = curl_easy_init();
  if (!curl) return NULL;
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "azl-dev");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  if (ca) curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
  if (cert) curl_easy_setopt(curl, CURLOPT_SSLCERT, cert);
  if (key) curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  return curl;
}

/// The HTTP status with which a server answers a request for the headers of `url`; 0 when it does not answer.
/// librepo keeps this number to itself.
static inline long crepo_http_status(
    const char *url, const char *ca, const char *cert, const char *key, long verify) {
  long status = 0;
  CURL *curl = crepo_headers_of(url, ca, cert, key, verify);
  if (!curl) return 0;
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(curl);
  return status;
}

/// What a server says of `url`: its status, 0 when it does not answer, and how it names the state of the file. With
/// `etag` or `modified` (of an earlier answer) a server that knows them answers 304 when nothing has changed.
typedef struct {
  long status;
  char etag[256];
  char modified[64];
} CRepoState;

static inline CRepoState crepo_state(
    const char *url, const char *ca, const char *cert, const char *key, long verify, const char *etag,
    const char *modified) {
  CRepoState state = {0};
  CURL *curl = crepo_headers_of(url, ca, cert, key, verify);
  if (!curl) return state;
  struct curl_slist *headers = NULL;
  char line[320];
  if (etag && *etag) {
    snprintf(line, sizeof line, "If-None-Match: %s", etag);
    headers = curl_slist_append(headers, line);
  }
  if (modified && *modified) {
    snprintf(line, sizeof line, "If-Modified-Since: %s", modified);
    headers = curl_slist_append(headers, line);
  }
  if (headers) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &state.status);
    struct curl_header *header;
    time_t date = -1, changed = -1;
    if (curl_easy_header(curl, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
      date = curl_getdate(header->value, NULL);
    if (curl_easy_header(curl, "Last-Modified", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
      changed = curl_getdate(header->value, NULL);
    // a file may change twice in the second that these names go by (RFC 9110, 8.8.2.2): then they name nothing
    int is_young = changed >= 0 && (date < 0 || date - changed < 2);
    if (!is_young && curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK
        && strlen(header->value) < sizeof state.etag)
      strcpy(state.etag, header->value);
    if (!is_young && curl_easy_header(curl, "Last-Modified", 0, CURLH_HEADER, -1, &header) == CURLHE_OK
        && strlen(header->value) < sizeof state.modified)
      strcpy(state.modified, header->value);
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return state;
}

static inline gboolean crepo_perform(LrHandle *handle, LrResult *result, GError **error) {
  return lr_handle_perform(handle, result, error);
}

static inline gboolean crepo_mirrors(LrHandle *handle, char ***mirrors) {
  return lr_handle_getinfo(handle, NULL, LRI_MIRRORS, mirrors);
}

static inline gboolean crepo_metalink(LrHandle *handle, LrMetalink **metalink) {
  return lr_handle_getinfo(handle, NULL, LRI_METALINK, metalink);
}

/// Options of a section of a `.repo` file, which are FALSE where it does not say; texts and lists are the caller's.
static inline gboolean crepo_conf_text(LrYumRepoConf *conf, LrYumRepoConfOption option, char **value) {
  return lr_yum_repoconf_getinfo(conf, NULL, option, value);
}

static inline gboolean crepo_conf_list(LrYumRepoConf *conf, LrYumRepoConfOption option, char ***value) {
  return lr_yum_repoconf_getinfo(conf, NULL, option, value);
}

static inline gboolean crepo_conf_flag(LrYumRepoConf *conf, LrYumRepoConfOption option, long *value) {
  return lr_yum_repoconf_getinfo(conf, NULL, option, value);
}

static inline gboolean crepo_conf_number(LrYumRepoConf *conf, LrYumRepoConfOption option, gint *value) {
  return lr_yum_repoconf_getinfo(conf, NULL, option, value);
}
