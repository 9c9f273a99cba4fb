import AzureLinux
import Foundation
import Packages
import Pipeline
import Storage
import SystemPackage

/// What builds are made from: sources by their signatures, or published SRPMs.
extension LiveBuilder {
  func sourcePolicy() async throws -> SourcePolicy {
    SourcePolicy(
      isChecked: settings.sources.signatures != .skip,
      repositories: settings.sources.downloadSrpms ? try await packages.srpmState() : nil)
  }

  func sources(of spec: SpecInfo, _ policy: SourcePolicy) async throws -> SourceContent {
    if policy.repositories != nil { return SourceContent(srpm: try await packages.srpm(of: spec)) }
    let location = SpecLocation(id: spec.id, path: spec.path)
    return try await content(
      of: spec, signatures: Signatures.read(workspace: workspace, spec: location),
      isChecked: policy.isChecked)
  }

  func hasSources(of spec: SpecInfo) async -> Bool {
    guard !settings.sources.downloadSrpms else { return false }
    let location = SpecLocation(id: spec.id, path: spec.path)
    let digests = (try? Signatures.read(workspace: workspace, spec: location)) ?? [:]
    let folder = workspace.tree.appending(location.directory)
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    let local = Set(names.compactMap { FilePath($0).lastComponent?.string })
    let store = ContentStore(workspace)
    return spec.sources.allSatisfy { source in
      local.contains(source.file) || digests[source.file].map(store.contains) ?? false
    }
  }

  func content(
    of spec: SpecInfo, signatures: [String: Digest], isChecked: Bool
  ) async throws -> SourceContent {
    let set = try await SourceSet.resolve(
      spec, signatures: signatures, isChecked: isChecked, workspace: workspace, fetch: fetch)
    let sources = set.files.filter { $0.role == .source }.map { ($0.name, $0.digest) }
    return SourceContent(files: Dictionary(sources) { first, _ in first })
  }

  /// The files themselves; whoever changed one since it was verified is told.
  func sourceSet(_ request: Pipeline.BuildRequest) async throws -> SourceSet {
    guard let srpm = request.sources.srpm else {
      return try await SourceSet.resolve(
        request.info, signatures: request.sources.files, workspace: workspace, fetch: fetch)
    }
    let spec = workspace.tree.appending(request.info.path)
    let files = try await packages.fetch([srpm]).map { file in
      SourceSet.File(
        name: file.nevra.fileName, role: .srpm, origin: .server, path: file.path, digest: file.digest)
    }
    return SourceSet(
      spec: SourceSet.File(
        name: request.info.id + ".spec", role: .spec, origin: .local, path: spec.string,
        digest: try Digest.of(file: spec)),
      files: files)
  }

  private var fetch: FetchSources? {
    guard !settings.sources.urls.isEmpty else { return nil }
    return { [packages] in try await packages.fetchSources($0) }
  }
}

extension Workbench {
  /// Writes the signatures of a spec's sources as they are found, the way upstream's packer does.
  /// - Returns: the file's path in the tree; nil when it said so already.
  func updateSignatures(_ spec: SpecLocation) async throws -> String? {
    guard let info = try await session.parsed([spec]).first, info.status == .ok else { return nil }
    let before = try Signatures.read(workspace: workspace, spec: spec)
    let found = try await builder.content(of: info, signatures: before, isChecked: false).files
    guard found != before else { return nil }
    let path = "\(spec.directory)/\(spec.id).signatures.json"
    let file = workspace.tree.appending(path)
    do {
      let text = SignaturesFile(digests: found).text(
        replacing: FileManager.default.contents(atPath: file.string))
      try AtomicFile.write(Data(text.utf8), to: file)
    } catch {
      throw WorkspaceError.unwritable(path: path, reason: "\(error)")
    }
    return path
  }
}
