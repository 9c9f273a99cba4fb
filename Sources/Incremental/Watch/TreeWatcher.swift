import Dispatch
import Glibc
import SystemPackage

/// Follows the package directories of a tree, and other folders, through inotify, and tells in batches what may
/// have changed. Start it before the first look at the tree: nothing that happens after `start` is missed.
package actor TreeWatcher {
  /// When a batch is complete.
  package struct Timing: Sendable {
    /// After the last event.
    package var quiet: DispatchTimeInterval = .milliseconds(60)
    /// After the first event, however busy it stays.
    package var atMost: DispatchTimeInterval = .seconds(1)
    /// A lock of git's index older than this is one that a dead git left behind.
    package var lock: DispatchTimeInterval = .seconds(10)
    /// After the last event of a rebase: between its steps nothing else tells that it goes on.
    package var rebase: DispatchTimeInterval = .seconds(1)
    /// Within it, only a few lone saves are told at once; more are gathered.
    package var burst: DispatchTimeInterval = .milliseconds(100)
    package init() {}
  }

  private let executor: QueueExecutor
  nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  nonisolated package let tree: FilePath
  let scope: WatchScope
  let timing: Timing
  let git: GitActivity?
  let kernel: WatchSources

  var folders = WatchedFolders()
  /// The watch on the folder of git's index lock.
  var lockWatch: Int32?
  var pending: ChangeBatch?
  var firstEvent: DispatchTime?
  var lastEvent: DispatchTime?
  /// New files that something may still be writing, and until when that is believed.
  var unfinished: [String: DispatchTime] = [:]
  var settling: Settling
  /// Something right below the tree was deleted.
  var mayBeGone = false

  private var ready: ChangeBatch?
  var ended: Result<Void, WatchError>?
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// `indexLock` is git's, if the tree is in git: no batch ends while it is held.
  package static func start(
    tree: FilePath, scope: WatchScope, indexLock: FilePath? = nil, timing: Timing = Timing()
  ) async throws(WatchError) -> TreeWatcher {
    let watcher = try TreeWatcher(tree: tree, scope: scope, indexLock: indexLock, timing: timing)
    try await watcher.begin()
    return watcher
  }

  private init(tree: FilePath, scope: WatchScope, indexLock: FilePath?, timing: Timing) throws(WatchError) {
    self.tree = tree
    self.scope = scope
    self.timing = timing
    settling = Settling(burst: timing.burst)
    git = indexLock.map { GitActivity(indexLock: $0) }
    executor = QueueExecutor("tree watcher")
    do { kernel = try WatchSources(queue: executor.queue) } catch {
      throw WatchError(error, path: tree.string)
    }
  }

  private func begin() throws(WatchError) {
    kernel.start(
      events: { [weak self] in self?.assumeIsolated { $0.drain() } },
      timer: { [weak self] in self?.assumeIsolated { $0.timeIsUp() } })
    try watch("", report: false)
    guard folders.contains("") else { throw .treeGone(tree: tree.string) }
    if let folder = git?.folder {
      lockWatch = try? kernel.inotify.add(folder.string, [.delete, .movedFrom, .onlyFolder])
    }
  }

  /// Folders being watched.
  package var folderCount: Int { folders.count }

  // MARK: For the one who wants to know

  /// The next batch, as soon as there is one; what happens while nobody asks is gathered into one. Nil when the
  /// watcher was stopped or the asking task cancelled.
  package func next() async throws(WatchError) -> ChangeBatch? {
    while !Task.isCancelled {
      if let batch = ready {
        ready = nil
        return batch
      }
      if let ended {
        try ended.get()
        return nil
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { waiting.append($0) }
      } onCancel: {
        Task { await self.wake() }
      }
    }
    return nil
  }

  /// Ends the current batch at once, with everything that had happened when this was called.
  /// Returns whether there is a batch to take.
  @discardableResult
  package func settled() -> Bool {
    drain()
    for path in unfinished.keys { note(path) }
    flush()
    return ready != nil
  }

  /// What has happened until now, and is told to nobody else.
  package func take() -> ChangeBatch? {
    settled()
    defer { ready = nil }
    return ready
  }

  package func stop() { end(.success(())) }

  private func wake() {
    let all = waiting
    waiting = []
    for continuation in all { continuation.resume() }
  }

  func end(_ result: Result<Void, WatchError>) {
    guard ended == nil else { return }
    ended = result
    kernel.stop()
    wake()
  }

  // MARK: Batches

  func note(_ path: String) { add(.paths([path])) }

  func add(_ batch: ChangeBatch) {
    // in place: a set of thousands is not copied for each event
    if case .paths(var paths) = pending, case .paths(let more) = batch {
      pending = nil
      paths.formUnion(more)
      pending = .paths(paths)
    } else {
      pending = pending?.merged(with: batch) ?? batch
    }
    if case .paths(let paths) = batch { for path in paths { unfinished[path] = nil } }
    if firstEvent == nil { firstEvent = .now() }
  }

  /// A file of which there is nothing to say.
  func forget(_ path: String) {
    unfinished[path] = nil
    guard case .paths(var paths) = pending else { return }
    pending = nil
    paths.remove(path)
    if !paths.isEmpty { pending = .paths(paths) }
  }

  func arm() {
    var due = unfinished.values.min()
    if pending != nil, let firstEvent {
      due = min(due ?? .distantFuture, min(.now() + timing.quiet, firstEvent + timing.atMost))
    }
    if mayBeGone { due = min(due ?? .distantFuture, .now() + timing.quiet) }
    if let due { kernel.wake(at: due) }
  }

  private func timeIsUp() {
    drain()
    if mayBeGone, !isTreeThere { return end(.failure(.treeGone(tree: tree.string))) }
    mayBeGone = false
    let now = DispatchTime.now()
    for (path, until) in unfinished where until <= now { note(path) }
    guard pending != nil else { return arm() }
    if let left = lockTimeLeft {
      settling.hold()
      return kernel.wake(at: now + left)  // or earlier, when it goes
    }
    if git?.isInSequence == true, let lastEvent, now < lastEvent + timing.rebase {
      return kernel.wake(at: lastEvent + timing.rebase)
    }
    flush()
    arm()
  }

  func flush() {
    guard let batch = pending else { return }
    pending = nil
    firstEvent = nil
    settling.clear()
    ready = ready?.merged(with: batch) ?? batch
    wake()
  }
}
