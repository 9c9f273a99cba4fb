import Foundation

/// Upstream's `ccache-configuration.json`: packages of one group share a cache, a group can be switched off, and
/// whoever is in none shares `common`. Its remote store is no part of a build and is not read.
package struct CcacheGroups: Decodable, Hashable, Sendable {
  private struct Group: Decodable, Hashable {
    var name: String
    var enabled: Bool?
    var packageNames: [String]?
  }
  private var groups: [Group]?

  package static let common = "common"

  package init() { groups = nil }

  package init(_ data: Data, path: String) throws {
    do { self = try JSONDecoder().decode(CcacheGroups.self, from: data) } catch {
      throw CcacheError.unreadable(path: path, reason: "\(error)")
    }
  }

  /// The cache of a spec's builds; nil where they are not to have one.
  package func group(of spec: String) -> String? {
    guard let group = groups?.first(where: { $0.packageNames?.contains(spec) == true }) else {
      return Self.common
    }
    return group.enabled == false ? nil : group.name
  }
}

package enum CcacheError: Failure {
  case unreadable(path: String, reason: String)
  case unsafeName(group: String, path: String)

  package var message: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \"\(path)\": \(reason)"
    case .unsafeName(let group, let path): "\(path): \"\(group)\" is no name for a folder"
    }
  }
  package var nextStep: String? {
    "[build] ccache_config names the file; [build] ccache = false does without"
  }
  package var exitCode: ExitCode { .invalidInput }
}
