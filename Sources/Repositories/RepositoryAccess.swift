import AzureLinux
import CRepo
import Foundation
import RPM
import SystemPackage

/// A repository's settings made concrete: variables filled in, paths absolute.
package struct RepositoryAccess: Hashable, Sendable {
  package let settings: RepositorySettings
  /// Without a slash at the end.
  package let url: String
  package let keys: [FilePath]
  let credentials: Transfer.Credentials

  /// `variables`: values of `$releasever`, `$basearch` and the like, by name without the dollar sign.
  package init(_ settings: RepositorySettings, variables: [String: String], tree: FilePath) {
    self.settings = settings
    var url = RepositoryAccess.substitute(settings.url, variables)
    while url.hasSuffix("/") { url.removeLast() }
    self.url = url
    func absolute(_ path: String) -> FilePath {
      tree.pushing(FilePath(RepositoryAccess.substitute(path, variables)))
    }
    keys = settings.keys.map(absolute)
    credentials = Transfer.Credentials(
      ca: settings.ca.map { absolute($0).string }, certificate: settings.cert.map { absolute($0).string },
      key: settings.key.map { absolute($0).string })
  }

  var id: String { settings.id }

  /// `location` of a package is relative to the repository unless the metadata name another server.
  func url(of location: String) -> String {
    URLText.encoded(location.contains("://") ? location : "\(url)/\(location)")
  }

  func keyring() throws(RepositoryError) -> Keyring {
    guard !keys.isEmpty else { throw .noKeys(repository: id) }
    do {
      return try Keyring(keys: keys)
    } catch {
      if case .keyUnreadable(let file, let reason) = error {
        throw .unusableKey(repository: id, key: file, reason: reason)
      }
      throw .badRPM(repository: id, error)
    }
  }

  private static func substitute(_ text: String, _ variables: [String: String]) -> String {
    var list: UnsafeMutablePointer<LrUrlVars>?
    for (name, value) in variables { list = lr_urlvars_set(list, name, value) }
    defer { lr_urlvars_free(list) }
    guard let result = lr_url_substitute(text, list) else { return text }
    defer { lr_free(result) }
    return String(cString: result)
  }
}

enum URLText {
  private static let allowed = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%")

  /// What a URL may not hold as it stands, such as a space or the `^` of some versions, percent-encoded.
  static func encoded(_ url: String) -> String {
    url.addingPercentEncoding(withAllowedCharacters: allowed) ?? url
  }
}
