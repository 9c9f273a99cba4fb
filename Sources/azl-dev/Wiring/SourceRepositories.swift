import AzureLinux
import Foundation
import Repositories
import Solver
import Storage
import SystemPackage

/// Published SRPMs, and what builds and people are told of the repositories.
extension LivePackages {
  /// Metadata of the source repositories, downloaded where they never were.
  private func sourcePins() async throws -> [Pinned] {
    guard !sourceAccesses.isEmpty else { throw PackageError.noSourceRepository }
    var pins: [Pinned] = []
    for access in sourceAccesses {
      let known = try? RepositorySnapshot.load(access.settings.id, in: workspace)
      let snapshot: RepositorySnapshot
      if let known {
        snapshot = known
      } else {
        snapshot = try await RepositoryRefresh(
          access, workspace: workspace, isOffline: settings.offline, report: report
        ).run()
      }
      pins.append(pin(access, snapshot))
    }
    return pins
  }

  func srpmState() async throws -> Digest {
    Digest.of(
      try await sourcePins().map { "\($0.snapshot.id) \($0.snapshot.repomd)" }.joined(separator: "\n"))
  }

  /// The published SRPM of the very version that the spec has.
  func srpm(of spec: SpecInfo) async throws -> RepositoryPackage {
    guard let source = spec.source else {
      throw PackageError.noSRPM(spec: spec.id, wanted: spec.id, others: [])
    }
    let universe: Universe
    if let sourceUniverse {
      universe = sourceUniverse
    } else {
      universe = try await Universe.open(arch: settings.arch, try await sourcePins().map(\.source))
      sourceUniverse = universe
    }
    let published = await universe.packages(builtFrom: source.name).filter { $0.nevra.name == source.name }
    guard let found = published.first(where: { $0.nevra.fileName == source.srpm }) else {
      throw PackageError.noSRPM(
        spec: spec.id, wanted: source.srpm, others: published.map(\.nevra.fileName))
    }
    return found
  }

  /// The state with which roots are planned now.
  func pinned() throws -> [PinnedRepository] {
    try current().map { pinned in
      PinnedRepository(
        id: pinned.snapshot.id, url: pinned.access.url, repomd: pinned.snapshot.repomd,
        revision: RefreshRecord.load(pinned.snapshot.id, in: workspace)?.revision)
    }.sorted { $0.id < $1.id }
  }

  /// Every configured repository as it is here.
  func listed(against lock: BaselineLock?) async throws -> [RepositoryReport.Repository] {
    var all: [RepositoryReport.Repository] = []
    for one in settings.repository {
      let access = (accesses + sourceAccesses).first { $0.settings.id == one.id }
      let snapshot = try? RepositorySnapshot.load(one.id, in: workspace)
      let record = RefreshRecord.load(one.id, in: workspace)
      let before = lock?.repositories[one.id]
      var entry = RepositoryReport.Repository(
        id: one.id, kind: one.id == RepositoryList.local ? "local" : one.kind.rawValue,
        url: access?.url ?? settings.expand(one.url, tree: workspace.tree.string), enabled: access != nil,
        priority: one.priority, gpgcheck: one.gpgcheck, repoGpgcheck: one.repoGpgcheck)
      if let access, let snapshot {
        let universe = try await Universe.open(arch: settings.arch, [pin(access, snapshot).source])
        entry.packages = await universe.count
        entry.repomd = snapshot.repomd
        entry.revision = record?.revision
        entry.since = snapshot.time.ISO8601Format()
        entry.checked = record?.checked.ISO8601Format()
        entry.ageSeconds = record.map { max(0, Int(Date().timeIntervalSince($0.checked))) }
        entry.baseline = before
        entry.hasMoved = before.map { $0 != snapshot.repomd } ?? false
      }
      all.append(entry)
    }
    return all
  }
}
