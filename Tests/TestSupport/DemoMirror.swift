import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The RPMs of a demo mirror, when the environment names one.
package enum DemoMirror {
  package static let folder = ProcessInfo.processInfo.environment["AZL_DEMO_MIRROR"].map { FilePath($0) }
  package static var isPresent: Bool { folder != nil }

  /// What the worker manifest names.
  package static func base() throws -> [RPMFile] {
    guard let folder else { return [] }
    let repository = folder.appending("azurelinux/3.0/prod/base/x86_64")
    let names = FileManager.default.enumerator(atPath: repository.string)?.compactMap { $0 as? String } ?? []
    let paths = Dictionary(
      names.filter { $0.hasSuffix(".rpm") }.map { (FilePath($0).lastComponent?.string ?? "", $0) }
    ) { first, _ in first }
    let manifest = try String(
      contentsOfFile: folder.appending("manifests/pkggen_core_x86_64.txt").string, encoding: .utf8)
    return try manifest.split(separator: "\n").compactMap { line in
      guard let path = paths[String(line)], let nevra = NEVRA(fileName: line) else { return nil }
      let file = repository.appending(path)
      let size = try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int ?? 0
      return try RPMFile(nevra: nevra, path: file.string, digest: Digest.of(file: file), size: Int64(size))
    }
  }
}
