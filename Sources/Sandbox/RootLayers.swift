import AzureLinux
import Foundation
import SystemPackage

/// Makes and hands out the layers of build roots: each is made once, aside, and renamed when whole. What a killed
/// process left behind lies in the scratch folder and is removed by `removeLeftovers` at the next start.
package actor RootLayers {
  private struct Making {
    var task: Task<Result<RootLayer, SandboxError>, Never>
    var waiting: Int
  }

  package nonisolated let workspace: Workspace
  package nonisolated let privilege: Privilege
  private let digest: @Sendable (String) -> Digest
  private var making: [Digest: Making] = [:]

  /// `digest` is SHA-256 of a text; hashing lives in a target that this one does not see.
  package init(
    workspace: Workspace, privilege: Privilege = .current, digest: @escaping @Sendable (String) -> Digest
  ) {
    self.workspace = workspace
    self.privilege = privilege
    self.digest = digest
  }

  /// The root that all packages share.
  package func base(
    _ rpms: [RPMFile], report: @escaping ActivityReport = { _ in }
  ) async throws(SandboxError) -> RootLayer {
    try await layer(.base, rpms: rpms, on: nil, report: report)
  }

  /// What one package's requirements add; the base itself when they add nothing.
  package func extra(
    _ rpms: [RPMFile], on base: RootLayer, report: @escaping ActivityReport = { _ in }
  ) async throws(SandboxError) -> RootLayer {
    rpms.isEmpty ? base : try await layer(.extra, rpms: rpms, on: base, report: report)
  }

  package nonisolated func folder(of key: Digest) -> FilePath { workspace.layers.appending(key.hex) }

  /// Where a file of the layered root lies on this machine; nil when no layer has it.
  package nonisolated func find(_ file: String, in layer: RootLayer) -> FilePath? {
    layer.lower.map { workspace.store.appending($0).appending(file) }.first { path in
      var facts = stat()
      return lstat(path.string, &facts) == 0
    }
  }

  /// Ends with an error that names the cause when this machine cannot make a sandbox at all.
  package nonisolated func probe() async throws(SandboxError) {
    do {
      let result = try await Command(
        privilege.namespace(["true"]), environment: Command.hostEnvironment, cleanEnvironment: true
      ).run()
      guard result.isSuccess else {
        throw SandboxError.namespacesRefused(privilege, lastLines: lastLines(result))
      }
    } catch {
      throw .wrap(error)
    }
  }

  private func layer(
    _ kind: RootLayer.Kind, rpms: [RPMFile], on base: RootLayer?, report: @escaping ActivityReport
  ) async throws(SandboxError) -> RootLayer {
    let key = digest(RootLayer.identity(kind, rpms: rpms, on: base?.key, privilege: privilege))
    let layer = RootLayer(kind: kind, key: key, beneath: base.map { [$0.key] + $0.beneath } ?? [])
    if Folders.exists(folder(of: key)) {
      // the folder's time says when the layer was last used
      utimes(folder(of: key).string, nil)
      return layer
    }
    if making[key] == nil {
      making[key] = Making(
        task: Task { [self] in
          let result = await make(layer, rpms: rpms, report: report)
          finished(key)
          return result
        }, waiting: 0)
    }
    guard let task = making[key]?.task else { throw .interrupted }
    making[key]?.waiting += 1
    // a layer is shared: only when the last of those who wait for it gives up is its making cancelled
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      Task { await self.leave(key) }
    }
    if Task.isCancelled { throw .interrupted }
    return try result.get()
  }

  private func finished(_ key: Digest) { making[key] = nil }

  private func leave(_ key: Digest) {
    making[key]?.waiting -= 1
    if let entry = making[key], entry.waiting == 0 { entry.task.cancel() }
  }

  private nonisolated func make(
    _ layer: RootLayer, rpms: [RPMFile], report: ActivityReport
  ) async -> Result<RootLayer, SandboxError> {
    let folder = LayerFolder(
      store: workspace.store, name: "layer-\(layer.key.short)-\(UUID().uuidString.lowercased())",
      lower: layer.beneath.map { "layers/\($0.hex)/root" })
    do {
      report(.step(subject: "\(layer.kind.rawValue) layer", "installing \(rpms.count) RPMs"))
      try Folders.make(workspace.layers, folder.tree)
      if let overlay = folder.overlay {
        try Folders.make(overlay.root, workspace.store.appending(overlay.work))
      } else {
        try Folders.make(folder.tree.appending("dev"), folder.tree.appending("tmp"))
      }
      try await install(layer, rpms: rpms, in: folder)
      try Folders.rename(folder.whole, to: self.folder(of: layer.key))
      try Folders.sync(workspace.layers)
      await remove(folder.path)
      return .success(layer)
    } catch {
      await remove(folder.path)
      return .failure(.wrap(error))
    }
  }

  private nonisolated func install(
    _ layer: RootLayer, rpms: [RPMFile], in folder: LayerFolder
  ) async throws {
    if let hidden = Confinement.hidden.first(where: { workspace.store.starts(with: FilePath($0)) }) {
      throw SandboxError.hidden(workspace.store, below: hidden)
    }
    let confinement = LayerRecipe.confinement(
      layer.kind, root: folder.root, overlay: folder.overlay, packages: rpms.folders(store: workspace.store))
    let command = confinement.command(
      LayerRecipe.transaction(layer.kind, root: folder.root, rpms: rpms), privilege: privilege)
    let result = try await command.bound(to: getpid()).run()
    if !result.isSuccess {
      let space = try DiskSpace(of: workspace.store)
      if space.isExhausted { throw SandboxError.diskFull(path: workspace.store, available: space.available) }
      try await probe()
      throw SandboxError.layerFailed(
        layer.kind, count: rpms.count, status: result.status, lastLines: lastLines(result))
    }
    // whole on disk before it gets its name
    try await Command(
      ["sync", "--file-system", folder.path.string], environment: Command.hostEnvironment,
      cleanEnvironment: true
    ).check()
  }

  /// Removes a tree of this store, in the namespace that owns its files.
  package nonisolated func remove(_ path: FilePath) async {
    // not cancellable: what is being cancelled is the reason for cleaning up
    let arguments = ["rm", "-rf", "--one-file-system", "--", path.string]
    let command = Command(
      privilege == .root ? arguments : privilege.namespace(arguments), environment: Command.hostEnvironment,
      cleanEnvironment: true)
    await Task.detached { _ = try? await command.run() }.value
  }

  /// Everything in scratch belongs to processes that are gone: call once per process that holds the workspace's
  /// lock, before the first layer or build.
  package nonisolated func removeLeftovers() async {
    for name in Folders.entries(workspace.scratch) { await remove(workspace.scratch.appending(name)) }
  }
}

func lastLines(_ result: CommandResult) -> [String] {
  (result.errorText.isEmpty ? result.text : result.errorText).split(separator: "\n").suffix(12).map(
    String.init)
}
