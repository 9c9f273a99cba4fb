import AzureLinux
import Foundation
import Incremental
import Packages
import Pipeline
import Repositories
import Sandbox
import Solver
import Storage
import SystemPackage

/// Sets of RPMs that travel: restored from a list, or packed into one archive and unpacked elsewhere.
extension Workbench {
  /// Puts exactly the RPMs that a summary lists into `out/RPMS`, without anything that they require.
  ///
  /// - Returns: file names.
  func restore(summary path: String) async throws -> [String] {
    let summary = try packageSummary(path)
    var found: [RepositoryPackage] = []
    var missing: [String] = []
    for package in summary.packages {
      let all = try await packages.universe().packages(named: package.name)
      if let one = all.first(where: { $0.nevra.fileName == package.fileName }) {
        found.append(one)
      } else if !isInOut(package.fileName) {
        missing.append(package.fileName)
      }
    }
    guard missing.isEmpty else { throw ArchiveError.notFound(missing, of: path) }
    try BuildRecords(workspace).publish(try await packages.fetch(found))
    let there = summary.packages.map(\.fileName).filter(isInOut)
    guard there.count == summary.packages.count else {
      throw ArchiveError.notFound(summary.packages.map(\.fileName).filter { !isInOut($0) }, of: path)
    }
    return there
  }

  private func isInOut(_ fileName: String) -> Bool {
    guard let nevra = NEVRA(fileName: fileName) else { return false }
    let path = workspace.rpms(arch: nevra.arch).appending(fileName)
    return FileManager.default.fileExists(atPath: path.string)
  }

  // MARK: archives

  /// Packs RPMs with the system's tar, compressed as the archive's name says.
  ///
  /// - Returns: how many.
  func save(_ kind: ArchiveKind, to archive: FilePath) async throws -> Int {
    try Tree.expectWritable(archive.string)
    let folder = workspace.scratch.appending("archive-\(UUID().uuidString.lowercased())")
    let manager = FileManager.default
    defer { try? manager.removeItem(atPath: folder.string) }
    try manager.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let files = try await files(of: kind)
    for (name, path) in files {
      guard link(path.string, folder.appending(name).string) == 0 else {
        throw TreeError.unreadable(path.string, String(cString: strerror(errno)))
      }
    }
    guard !files.isEmpty else { throw ArchiveError.nothingToSave(kind.rawValue) }
    let aside = FilePath(
      archive.removingLastComponent().appending(".new-\(getpid())").string + suffix(archive))
    defer { unlink(aside.string) }
    try await Command(
      ["tar", "--create", "--auto-compress", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]
        + ["--file", aside.string, "--directory", folder.string, "."]
    ).check()
    guard rename(aside.string, archive.string) == 0 else {
      throw TreeError.unwritable(archive.string, String(cString: strerror(errno)))
    }
    return files.count
  }

  /// From the first dot: what tar knows a compression by.
  private func suffix(_ archive: FilePath) -> String {
    let name = archive.lastComponent?.string ?? ""
    return name.firstIndex(of: ".").map { String(name[$0...]) } ?? ""
  }

  private func files(of kind: ArchiveKind) async throws -> [String: FilePath] {
    switch kind {
    case .rpms, .srpms:
      let folder = kind == .rpms ? workspace.out.appending("RPMS") : workspace.srpms
      let names =
        FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
      return names.filter { $0.hasSuffix(".rpm") }.reduce(into: [:]) { files, name in
        let path = folder.appending(name)
        files[path.lastComponent?.string ?? name] = path
      }
    case .cached:
      let store = ContentStore(workspace)
      var files: [String: FilePath] = [:]
      for trace in try await session.engine.remembered(kind: BuildRoot.kind) {
        guard let root = try? trace.value.map(BuildRoot.decode) else { continue }
        let extra = root.extra.compactMap { if case .published(let package) = $0 { package } else { nil } }
        for package in root.base + extra where store.contains(package.digest) {
          files[package.nevra.fileName] = store.path(package.digest)
        }
      }
      return files
    }
  }

  /// Unpacks an archive: RPMs built elsewhere into `out/`, published ones into the store where the metadata know them
  /// by this very content.
  ///
  /// - Returns: how many.
  func load(_ kind: ArchiveKind, from archive: FilePath) async throws -> Int {
    let folder = workspace.scratch.appending("archive-\(UUID().uuidString.lowercased())")
    let manager = FileManager.default
    defer { try? manager.removeItem(atPath: folder.string) }
    try manager.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    guard manager.fileExists(atPath: archive.string) else {
      throw TreeError.unreadable(archive.string, "no such file")
    }
    let result = try await Command([
      "tar", "--extract", "--no-same-owner", "--no-same-permissions", "--file", archive.string, "--directory",
      folder.string, "--wildcards", "*.rpm",
    ]).run()
    guard result.isSuccess else {
      let lines = result.errorText.split(separator: "\n")
      // of an archive of other files it says first that this pattern was not found
      let isWhole = lines.first?.contains("*.rpm") == true
      throw isWhole
        ? ArchiveError.noPackages(archive.string)
        : ArchiveError.unreadable(archive.string, lines.first.map(String.init) ?? "status \(result.status)")
    }
    let names = manager.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    let paths = names.filter { $0.hasSuffix(".rpm") }.sorted().map { folder.appending($0) }
    guard !paths.isEmpty else { throw ArchiveError.noPackages(archive.string) }
    var files: [RPMFile] = []
    var unknown: [String] = []
    var others: [String] = []
    for path in paths {
      let name = path.lastComponent?.string ?? ""
      // a link would stand for a file that is not of the archive
      var facts = stat()
      guard lstat(path.string, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
        let nevra = NEVRA(fileName: name)
      else { throw ArchiveError.noPackages(archive.string) }
      if (nevra.arch == "src") != (kind == .srpms) { others.append(name) }
      let digest = try Digest.of(file: path)
      if kind == .cached {
        let all = try await packages.universe().packages(named: nevra.name)
        if !all.contains(where: { $0.digest == digest }) { unknown.append(name) }
      }
      files.append(RPMFile(nevra: nevra, path: path.string, digest: digest, size: Int64(facts.st_size)))
    }
    guard others.isEmpty else { throw ArchiveError.otherKind(others, of: archive.string, kind.rawValue) }
    guard unknown.isEmpty else { throw ArchiveError.notPublished(unknown, of: archive.string) }
    let store = ContentStore(workspace)
    for file in files { try store.adopt(FilePath(file.path), digest: file.digest) }
    if kind != .cached { try BuildRecords(workspace).publish(files, areSources: kind == .srpms) }
    return files.count
  }
}

enum ArchiveKind: String, CaseIterable, Sendable { case rpms, srpms, cached }

enum ArchiveError: Failure {
  case noSummary(String)
  case notFound([String], of: String)
  case nothingToSave(String)
  case noPackages(String)
  case otherKind([String], of: String, String)
  case unreadable(String, String)
  case notPublished([String], of: String)

  var message: String {
    switch self {
    case .noSummary(let path): "\"\(path)\" is no list of packages ({\"Repo\": [{\"Name\", \"Version\", …}]})"
    case .notFound(let names, let path):
      "\(names.count) packages of \(path) are neither published nor in .azldev/out: \(Self.some(names))"
    case .nothingToSave(let kind): "there are no \(kind) to pack"
    case .noPackages(let path): "\"\(path)\" holds no RPMs"
    case .otherKind(let names, let path, let kind):
      "\"\(path)\" holds \(Self.some(names)), which \(names.count == 1 ? "is" : "are") none of the \(kind)"
    case .unreadable(let path, let reason): "\"\(path)\" cannot be unpacked: \(reason)"
    case .notPublished(let names, let path):
      "\(names.count) packages of \(path) are not those that the repositories list: \(Self.some(names))"
    }
  }
  var nextStep: String? {
    switch self {
    case .noSummary: "azl-dev build writes .azldev/out/rpms_snapshot.json and graph_external_deps.json"
    case .notFound: "name the repository that has them, or build them first"
    case .nothingToSave: "azl-dev build makes some"
    case .noPackages: nil
    case .otherKind: "azl-dev bundle load rpms for binary packages, srpms for source packages"
    case .unreadable: "azl-dev bundle save writes such an archive"
    case .notPublished: "azl-dev init fetches the metadata of the repositories again"
    }
  }
  var exitCode: AzureLinux.ExitCode { .invalidInput }

  private static func some(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
