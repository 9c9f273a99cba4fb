import AzureLinux
import CRepo
import Foundation
import RPM
import SystemPackage

/// A repository's settings made concrete: variables filled in, paths absolute.
package struct RepositoryAccess: Hashable, Sendable {
  package let settings: RepositorySettings
  /// Without a slash at the end; the first of its servers.
  package var url: String { servers[0] }
  /// Servers of the same files in the order in which they are asked; never empty.
  package private(set) var servers: [String]
  package let keys: [FilePath]
  let credentials: Credentials

  /// `variables`: values of `$releasever`, `$basearch` and the like, by name without the dollar sign.
  package init(_ settings: RepositorySettings, variables: [String: String], tree: FilePath) {
    self.settings = settings
    servers = ([settings.url] + settings.mirrors).filter { !$0.isEmpty }.map {
      RepositoryAccess.trimmed(RepositoryAccess.substitute($0, variables))
    }
    let list = settings.metalink ?? settings.mirrorlist
    mirrorList = list.map { RepositoryAccess.substitute($0, variables) }
    // asked of the list before it is used
    if servers.isEmpty { servers = [mirrorList ?? ""] }
    func absolute(_ path: String) -> FilePath {
      tree.pushing(FilePath(RepositoryAccess.substitute(path, variables)))
    }
    keys = settings.keys.map(absolute)
    credentials = Credentials(
      ca: settings.ca.map { absolute($0).string }, certificate: settings.cert.map { absolute($0).string },
      key: settings.key.map { absolute($0).string }, isVerifying: settings.sslverify)
  }

  /// The list of mirrors that it has instead of servers, or besides.
  package let mirrorList: String?

  /// With the servers that its list of mirrors names.
  func with(servers: [String]) -> RepositoryAccess {
    var access = self
    access.servers = servers.map(RepositoryAccess.trimmed)
    return access
  }

  private static func trimmed(_ url: String) -> String {
    var url = url
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }

  var id: String { settings.id }

  /// `location` of a package is relative to the repository unless the metadata name another server.
  func urls(of location: String) -> [String] {
    location.contains("://")
      ? [URLText.encoded(location)] : servers.map { URLText.encoded("\($0)/\(location)") }
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
