import AzureLinux
import Foundation
import Glibc
import Storage
import SystemPackage

/// Moves finished packages out of scratch: first all into the store, then one rename each into `out/`, then what
/// an earlier build left there goes. A kill in between leaves whole files only.
struct Publication {
  let workspace: Workspace
  let spec: SpecInfo

  struct Result {
    var srpm: RPMFile
    var rpms: [RPMFile]
    var published: [String]
  }

  func publish(srpm: FilePath, rpms: [FilePath], previous: [String]) throws(PackagesError) -> Result {
    let source = try store(srpm, as: FilePath("SRPMS"))
    var binaries: [RPMFile] = []
    for path in rpms {
      let arch = NEVRA(fileName: path.lastComponent?.string ?? "")?.arch ?? "noarch"
      binaries.append(try store(path, as: FilePath("RPMS").appending(arch)))
    }
    let published = try publish([source] + binaries, previous: previous)
    return Result(srpm: source, rpms: binaries.sorted { $0.path < $1.path }, published: published)
  }

  /// Files that are in the store.
  /// - Returns: what is in `out/` of them, relative to it.
  func publish(_ all: [RPMFile], previous: [String]) throws(PackagesError) -> [String] {
    for file in all { try Artifacts(workspace).publish(file.digest, as: FilePath(file.path)) }
    let names = all.map { relative($0.path) }
    for stale in Set(previous).subtracting(names) { unlink(workspace.out.appending(stale).string) }
    for folder in Set(all.map { FilePath($0.path).removingLastComponent() }) { try Artifacts.sync(folder) }
    return names.sorted()
  }

  /// Packages where they lie.
  func described(_ rpms: [FilePath]) throws(PackagesError) -> [RPMFile] {
    var files: [RPMFile] = []
    for path in rpms { files.append(try read(path)) }
    return files
  }

  private func store(_ file: FilePath, as folder: FilePath) throws(PackagesError) -> RPMFile {
    var found = try read(file)
    try Artifacts(workspace).adopt(file, digest: found.digest)
    found.path = workspace.out.appending(folder.string).appending(file.lastComponent?.string ?? "").string
    return found
  }

  private func read(_ file: FilePath) throws(PackagesError) -> RPMFile {
    let name = file.lastComponent?.string ?? ""
    guard var nevra = NEVRA(fileName: name) else {
      throw .file(path: file.string, doing: "read the name of", .invalidArgument)
    }
    nevra.evr.epoch = epoch(of: nevra)
    let digest: Digest
    let size: Int64
    do {
      digest = try Digest.of(file: file)
      size = Int64((try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int) ?? 0)
    } catch {
      throw .file(path: file.string, doing: "read", error as? Errno ?? .ioError)
    }
    return RPMFile(nevra: nevra, path: file.string, digest: digest, size: size)
  }

  /// File names carry no epoch; debuginfo packages, which no spec lists, have the source's.
  private func epoch(of nevra: NEVRA) -> Int? {
    (spec.packages.first { $0.nevra.name == nevra.name }?.nevra.evr ?? spec.source?.evr)?.epoch
  }

  private func relative(_ path: String) -> String {
    var path = FilePath(path)
    return path.removePrefix(workspace.out) ? path.string : path.string
  }
}
