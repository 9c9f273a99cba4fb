import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The package directories of a tree from which the macros of specs come: those that hold a `macros` or a
/// `macros.<name>` file.
package struct MacroSources: Sendable, Hashable {
  /// One package directory.
  package struct Owner: Sendable, Hashable {
    /// Relative to the tree.
    package var directory: String
    /// By name.
    package var files: [String: Digest]
    package init(directory: String, files: [String: Digest]) {
      self.directory = directory
      self.files = files
    }

    package var names: [String] { files.keys.sorted() }
    package var macroFiles: [String] { names.filter { $0.hasPrefix("macros.") } }
    package var specs: [String] { names.filter { $0.hasSuffix(".spec") } }
  }

  /// In the order in which the first to bring a file wins: by folder as configured, then by name.
  package var owners: [Owner]

  /// Whether a directory that holds a file of this name brings macros.
  package static func isMacroFile(_ name: some StringProtocol) -> Bool {
    (name == "macros" || name.hasPrefix("macros.")) && !EditorFiles.isOne(name)
  }

  package init(owners: [Owner]) { self.owners = owners }
}

extension MacroSources.Owner {
  /// The tree's macro package: all that it holds is for rpm.
  package var isVendor: Bool { directory.hasSuffix("/azurelinux-rpm-macros") }

  /// Where files of this directory go below `/usr/lib/rpm`, as far as macros are concerned.
  func places(in tree: FilePath) -> [(name: String, place: String)] {
    if isVendor { return vendorPlaces }
    let texts = macroFiles.map { name in
      FileManager.default.contents(atPath: tree.appending(directory).appending(name).string) ?? Data()
    }
    let called = texts.reduce(into: [String: String]()) { called, text in
      for path in Self.calls(in: text) {
        if let name = path.split(separator: "/").last.map(String.init) { called[name] = path }
      }
    }
    return macroFiles.map { ($0, "macros.d/\($0)") }
      + names.compactMap { name in called[name].map { (name, $0) } }
  }

  private var vendorPlaces: [(name: String, place: String)] {
    names.compactMap { name in
      if name.hasSuffix(".spec") || name.hasSuffix(".signatures.json") { return nil }
      if name.hasPrefix("macros.") { return (name, "macros.d/\(name)") }
      if name == "common.lua" { return (name, "lua/azl/common.lua") }
      return (name, name.hasSuffix(".lua") ? "lua/azl/srpm/\(name)" : "azl/\(name)")
    }
  }

  /// Programs that macros run: `%{_rpmconfigdir}/<path>`, where the owning spec installs them.
  private static func calls(in text: Data) -> [String] {
    String(decoding: text, as: UTF8.self).split(separator: "%{_rpmconfigdir}/").dropFirst().map { rest in
      String(rest.prefix { $0.isLetter || $0.isNumber || "._-/".contains($0) })
    }
  }
}
