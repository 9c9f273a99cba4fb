import AzureLinux
import Foundation
import Glibc
import Sandbox
import Storage
import SystemPackage

/// rpmbuild's folders in the scratch of one build.
struct Topdir {
  let path: FilePath

  /// Puts the spec and its files in place, each verified as it is copied, with the time and mode that an SRPM of
  /// the same content always has.
  func stage(_ sources: SourceSet, spec: String, epoch: Int64) throws(PackagesError) {
    for folder in ["BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS"] {
      try Artifacts.folder(path.appending(folder))
    }
    try copy(sources.spec, to: path.appending("SPECS"), spec: spec, epoch: epoch)
    for file in sources.files {
      let folder = file.role == .srpm ? "SRPMS" : "SOURCES"
      try copy(file, to: path.appending(folder), spec: spec, epoch: epoch)
    }
  }

  private func copy(
    _ file: SourceSet.File, to folder: FilePath, spec: String, epoch: Int64
  ) throws(PackagesError) {
    let target = folder.appending(file.name)
    var facts = stat()
    guard stat(file.path, &facts) == 0 else {
      throw .file(path: file.path, doing: "read", Errno(rawValue: errno))
    }
    let found: Digest
    // in a kept root the files of the build before are there
    unlink(target.string)
    do {
      try FileManager.default.copyItem(atPath: file.path, toPath: target.string)
      found = try Digest.of(file: target)
    } catch {
      try checkSpace(spec)
      throw .file(path: target.string, doing: "copy \(file.path) to", error as? Errno ?? .ioError)
    }
    guard found == file.digest else { throw .changedMeanwhile(spec: spec, path: file.path) }
    let isExecutable = file.role != .spec && file.origin == .local && facts.st_mode & S_IXUSR != 0
    let time = timeval(tv_sec: Int(epoch), tv_usec: 0)
    guard chmod(target.string, isExecutable ? 0o755 : 0o644) == 0, utimes(target.string, [time, time]) == 0
    else {
      throw .file(path: target.string, doing: "set mode and time of", Errno(rawValue: errno))
    }
  }

  func checkSpace(_ spec: String) throws(PackagesError) {
    let space: DiskSpace
    do { space = try DiskSpace(of: path.removingLastComponent()) } catch { throw .sandbox(error) }
    if space.isExhausted { throw .diskFull(spec: spec, path: path.string, available: space.available) }
  }

  /// What rpmbuild wrote: SRPMs, then RPMs, each sorted.
  func results() -> (srpms: [FilePath], rpms: [FilePath]) {
    (packages(in: path.appending("SRPMS")), packages(in: path.appending("RPMS")))
  }

  private func packages(in folder: FilePath) -> [FilePath] {
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".rpm") }.sorted().map { folder.appending($0) }
  }
}
