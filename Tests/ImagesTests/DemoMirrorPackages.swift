import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// RPMs of a demo mirror, when the environment names one. What belongs together is found by names alone, which is
/// enough for a mirror with one version of everything.
enum DemoMirrorPackages {
  static let folder = ProcessInfo.processInfo.environment["AZL_DEMO_MIRROR"].map { FilePath($0) }

  /// `names` and everything that they need.
  static func closure(_ names: [String]) async throws -> [RPMFile] {
    guard let folder else { return [] }
    let packages = folder.appending("azurelinux/3.0/prod/base/x86_64/Packages")
    let walk = FileManager.default.enumerator(atPath: packages.string)
    let files = (walk?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".rpm") }.sorted()
    let paths = files.map { packages.pushing(FilePath($0)).string }
    let text = try await Command(
      [
        "rpm", "-qp", "--nosignature", "--nodigest", "--qf",
        "@\n[P %{PROVIDENAME}\n][R %{REQUIRENAME}\n][P %{FILENAMES}\n]",
      ] + paths
    ).check().text
    var provider: [Substring: Int] = [:]
    var requires = [[Substring]](repeating: [], count: paths.count)
    var index = -1
    for line in text.split(separator: "\n") {
      switch line.first {
      case "@": index += 1
      case "P": provider[line.dropFirst(2)] = provider[line.dropFirst(2)] ?? index
      default: requires[index].append(line.dropFirst(2))
      }
    }
    var wanted = Set<Int>()
    var pending = names.map { Substring($0) }
    while let name = pending.popLast() {
      guard let package = provider[name], wanted.insert(package).inserted else { continue }
      pending += requires[package]
    }
    return try wanted.sorted().map { index in
      let path = FilePath(paths[index])
      let nevra = NEVRA(fileName: path.lastComponent?.string ?? "")
      let size = try FileManager.default.attributesOfItem(atPath: paths[index])[.size] as? Int64 ?? 0
      guard let nevra else { throw Errno.invalidArgument }
      return RPMFile(nevra: nevra, path: paths[index], digest: try Digest.of(file: path), size: size)
    }
  }
}
