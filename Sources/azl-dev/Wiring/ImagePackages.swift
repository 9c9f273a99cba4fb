import AzureLinux
import Foundation
import Pipeline
import Solver
import Storage
import SystemPackage

/// Which packages an image takes, and the lists of them that upstream's image stage writes.
extension Workbench {
  /// A list that says which packages to take.
  func packageSummary(_ path: String) throws -> PackageSummary {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TreeError.unreadable(path, "no such file")
    }
    do { return try JSONDecoder().decode(PackageSummary.self, from: data) } catch {
      throw ArchiveError.noSummary(path)
    }
  }

  /// What an image installs.
  ///
  /// - Parameter summary: file with a list of RPMs; nothing but these is taken.
  func imagePackages(_ wanted: [Dependency], from summary: FilePath? = nil) async throws -> [RPMFile] {
    let built = try await builtSpecs()
    guard let summary else { return try await packages.resolveImage(wanted, local: built) }
    let listed = try packageSummary(summary.string).packages
    let names = Set(listed.map(\.fileName))
    let local = built.filter { spec in
      guard case .local(let packages) = spec.packages else { return false }
      return packages.contains { names.contains($0.file.nevra.fileName) }
    }
    var pins: [String: Dependency] = [:]
    while true {
      let rpms = try await packages.resolveImage(
        wanted + pins.sorted { $0.key < $1.key }.map(\.value), local: local)
      let others = rpms.filter { !names.contains($0.nevra.fileName) }
      if others.isEmpty { return rpms }
      var news: [String: Dependency] = [:]
      for name in Set(others.map(\.nevra.name)) where pins[name] == nil {
        news[name] = try await pin(name, to: listed, local, of: summary)
      }
      // held in its version, and another of that name is wanted too
      guard !news.isEmpty else {
        throw PackageError.notListed(others.map(\.nevra.fileName).sorted(), list: summary.string)
      }
      pins.merge(news) { $1 }
    }
  }

  /// The version of a package that a list has.
  private func pin(
    _ name: String, to listed: [PackageSummary.Package], _ local: [ReplacedSpec], of summary: FilePath
  ) async throws -> Dependency {
    let files = Set(listed.filter { $0.name == name }.map(\.fileName))
    guard !files.isEmpty else { throw PackageError.notListed([name], list: summary.string) }
    let here = local.flatMap { spec -> [NEVRA] in
      guard case .local(let packages) = spec.packages else { return [] }
      return packages.map(\.file.nevra)
    }
    let published = try await packages.universe().packages(named: name).map(\.nevra)
    guard let found = (here + published).first(where: { files.contains($0.fileName) }) else {
      throw ArchiveError.notFound(files.sorted(), of: summary.string)
    }
    return Dependency(text: "\(name) = \(found.evr)", name: name, op: "=", evr: found.evr.description)
  }

  // MARK: lists

  /// Upstream's working folder of an image.
  func imageGeneration(_ name: String) -> FilePath { workspace.out.appending("imagegen").appending(name) }

  /// All that the systems of a configuration ask for, what every image has, and GRUB for a BIOS, as upstream.
  ///
  /// - Parameter isExternal: without what specs of the tree make.
  /// - Returns: the packages, and the file with the list of them.
  func fetchImagePackages(
    _ path: FilePath, base: FilePath?, from summary: FilePath?, isExternal: Bool
  ) async throws -> (rpms: [RPMFile], list: FilePath) {
    var rpms = try await imagePackages(
      (try packages(ofImage: path, base: base) + ["azurelinux-release", "grub2-pc"]).map(
        PackageText.dependency), from: summary)
    if isExternal {
      let infos = try await session.parsed(session.specs())
      let own = Set(infos.flatMap { $0.packages.map(\.nevra.name) })
      rpms = rpms.filter { !own.contains($0.nevra.name) }
    }
    let file = isExternal ? "image_external_deps.json" : "image_deps.json"
    return (rpms, try writeList(of: rpms, as: file, ofImage: path.stem ?? "image"))
  }

  @discardableResult
  func writeList(of rpms: [RPMFile], as file: String, ofImage name: String) throws -> FilePath {
    let list = imageGeneration(name).appending(file)
    do {
      try FileManager.default.createDirectory(
        atPath: list.removingLastComponent().string, withIntermediateDirectories: true)
      try AtomicFile.write(PackageSummary(fileNames: rpms.map(\.nevra.fileName)).json, to: list)
    } catch { throw WorkspaceError.unwritable(path: list.string, reason: "\(error)") }
    return list
  }
}
