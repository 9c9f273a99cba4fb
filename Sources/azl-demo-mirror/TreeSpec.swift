import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// A spec of the tree, as far as building the mirror needs to know it.
struct TreeSpec: Sendable {
  /// File name without `.spec`.
  var id: String
  var path: FilePath
  var name: String
  var version: String
  /// With the dist tag.
  var release: String
  var sources: [String]
  var patches: [String]
  var buildRequires: [String]
  /// Names of the RPMs that it builds.
  var packages: [String]
  /// Of the package directory.
  var content: Digest
  /// Macros about other specs that its text names, with their values.
  var macros: [String: String]

  var folder: FilePath { path.removingLastComponent() }
  var signatures: FilePath { folder.appending("\(id).signatures.json") }

  /// What upstream defines for every parse and build.
  static let identity = [
    "dist .azl3", "azl 3", "with_check 0", "distro_release_version 3.0.20260401", "mariner_build_number demo",
  ]
}

extension TreeSpec {
  /// All specs below `SPECS` of `tree`. Specs that read another's version are parsed after those.
  static func all(tree: FilePath) async throws -> [TreeSpec] {
    let root = tree.appending("SPECS")
    let macroFile = root.appending("azurelinux-rpm-macros/macros")
    var read: [TreeSpec] = []
    var readers: [(FilePath, String)] = []
    for folder in try FileManager.default.contentsOfDirectory(atPath: root.string).sorted() {
      for file in try FileManager.default.contentsOfDirectory(atPath: root.appending(folder).string).sorted()
      where file.hasSuffix(".spec") {
        let path = root.appending(folder).appending(file)
        let text = try String(contentsOfFile: path.string, encoding: .utf8)
        if text.contains(/%\{?\??azl_/) {
          readers.append((path, text))
        } else {
          read.append(try await parse(path, macroFile: macroFile, macros: [:]))
        }
      }
    }
    let versions = Dictionary(uniqueKeysWithValues: read.flatMap(\.versionMacros))
    for (path, text) in readers {
      let used = versions.filter { text.contains($0.key) }
      read.append(try await parse(path, macroFile: macroFile, macros: used))
    }
    return read.sorted { $0.id < $1.id }
  }

  /// `azl_<spec>_version` and `azl_<spec>_release`, the latter without the dist tag.
  var versionMacros: [(String, String)] {
    let stem = "azl_" + id.replacing("-", with: "_")
    return [
      ("\(stem)_version", version),
      ("\(stem)_release", release.replacing(".azl3", with: "", maxReplacements: 1)),
    ]
  }

  private static func parse(
    _ path: FilePath, macroFile: FilePath, macros: [String: String]
  ) async throws -> TreeSpec {
    let folder = path.removingLastComponent()
    let defines = identity + macros.map { "\($0.key) \($0.value)" }.sorted() + ["_sourcedir \(folder)"]
    func query(_ arguments: [String]) async throws -> [[Substring]] {
      let result = try await Command(
        ["rpmspec", "--load", macroFile.string, "--target", "x86_64"] + defines.flatMap { ["--define", $0] }
          + ["-q"] + arguments + [path.string], environment: ["LC_ALL": "C"]
      ).run()
      guard result.isSuccess else {
        let reason =
          result.errorText.split(separator: "\n").last.map(String.init) ?? "status \(result.status)"
        throw MirrorError.unreadableSpec(path: path.string, reason: reason)
      }
      return result.text.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1) }
    }
    let format =
      "name\t%{NAME}\nversion\t%{VERSION}\nrelease\t%{RELEASE}\n"
      + "[source\t%{SOURCE}\n][patch\t%{PATCH}\n][require\t%{REQUIRENAME}\n]"
    let facts = Dictionary(
      grouping: try await query(["--srpm", "--queryformat", format]).filter { $0.count == 2 }
    ) {
      String($0[0])
    }.mapValues { $0.map { String($0[1]) } }
    let packages = try await query(["--queryformat", "%{NAME}\n"]).compactMap(\.first).map(String.init)
    return TreeSpec(
      id: path.stem ?? "", path: path, name: facts["name"]?.first ?? "",
      version: facts["version"]?.first ?? "",
      release: facts["release"]?.first ?? "", sources: facts["source"] ?? [], patches: facts["patch"] ?? [],
      buildRequires: (facts["require"] ?? []).filter { !$0.hasPrefix("rpmlib(") }, packages: packages,
      content: try Digest.of(folder: folder), macros: macros)
  }
}

extension Digest {
  /// Names, modes, link targets and contents of everything below `folder`.
  static func of(folder: FilePath) throws -> Digest {
    var lines: [String] = []
    let enumerator = FileManager.default.enumerator(atPath: folder.string)
    while let name = enumerator?.nextObject() as? String {
      let path = folder.appending(name)
      let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
      let mode = (attributes[.posixPermissions] as? Int ?? 0) & 0o111
      switch attributes[.type] as? FileAttributeType {
      case .typeRegular?: lines.append("\(name) \(mode) \(try Digest.of(file: path).hex)")
      case .typeSymbolicLink?:
        lines.append("\(name) -> \(try FileManager.default.destinationOfSymbolicLink(atPath: path.string))")
      default: break
      }
    }
    return Digest.of(lines.sorted().joined(separator: "\n"))
  }
}
