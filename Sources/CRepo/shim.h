// librepo, and what of it Swift cannot call: functions with a variable number of arguments.
#include <curl/curl.h>
#include <librepo/librepo.h>
#include <librepo/url_substitution.h>

static inline gboolean crepo_set_text(LrHandle *handle, LrHandleOption option, const char *value) {
  return lr_handle_setopt(handle, NULL, option, value);
}

static inline gboolean crepo_set_number(LrHandle *handle, LrHandleOption option, long value) {
  return lr_handle_setopt(handle, NULL, option, value);
}

/// The HTTP status with which a server answers a request for the headers of `url`; 0 when it does not answer.
/// librepo keeps this number to itself.
static inline long crepo_http_status(const char *url, const char *ca, const char *cert, const char *key) {
  long status = 0;
  CURL *curl = curl_easy_init();
  if (!curl) return 0;
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  if (ca) curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
  if (cert) curl_easy_setopt(curl, CURLOPT_SSLCERT, cert);
  if (key) curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(curl);
  return status;
}
