import Dispatch
import Glibc
import SystemPackage

/// What the kernel says, and which folders it is asked to speak of.
extension TreeWatcher {
  func drain() {
    guard ended == nil else { return }
    do {
      var events = try kernel.inotify.read()
      let isNew = !events.isEmpty
      var isHeld = false
      repeat {
        for event in events { try handle(event) }
        isHeld = pending != nil && isGitAtWork
        // asked first and read after: git's last events are queued before it lets go
        events = try kernel.inotify.read()
      } while !events.isEmpty
      if isNew { lastEvent = .now() }
      if isHeld { settling.hold() }
      if pending == nil, unfinished.isEmpty {
        settling.clear()
        firstEvent = nil
      } else if pending != nil, unfinished.isEmpty, settling.handOver() {
        flush()
      }
      if isNew { arm() }
    } catch let error as WatchError {
      end(.failure(error))
    } catch let error as Errno {
      end(.failure(.failed(path: tree.string, error)))
    } catch {
      preconditionFailure("the two calls above throw nothing else: \(error)")
    }
  }

  /// Many files will change, and the tree in between is nobody's.
  private var isGitAtWork: Bool { lockTimeLeft != nil || git?.isInSequence == true }

  /// For which git's lock is believed; nil when there is none.
  var lockTimeLeft: DispatchTimeInterval? {
    guard let age = git?.lockAge else { return nil }
    let start = DispatchTime.now().uptimeNanoseconds
    let until = (DispatchTime(uptimeNanoseconds: start) + timing.lock).uptimeNanoseconds - start
    return age < until ? .nanoseconds(Int(until - age)) : nil
  }

  /// The kernel tells that a folder was deleted when nobody has it open any more, which may be never.
  var isTreeThere: Bool {
    guard let watch = try? kernel.inotify.add(tree.string, TreeWatcher.flags) else { return false }
    return folders.path(of: watch) == ""
  }

  private func handle(_ event: INotify.Event) throws(WatchError) {
    if event.flags.contains(.overflow) { return try startOver() }
    if event.watch == lockWatch {
      // it may take the lock again at once: the batch waits until it is quiet
      if event.name == git?.lockName, pending != nil { settling.hold() }
      return
    }
    guard let folder = folders.path(of: event.watch) else { return }  // of a folder that has gone
    if event.flags.contains(.ignored) { return folders.dropped(event.watch) }
    if !event.flags.isDisjoint(with: [.deleteSelf, .moveSelf, .unmount]) {
      if folder.isEmpty { throw .treeGone(tree: tree.string) }
      return  // its parent tells
    }
    guard let name = event.name else { return }  // the folder's own attributes
    if folder.isEmpty, event.flags.contains(.delete) { mayBeGone = true }
    try handle(folder.isEmpty ? name : folder + "/" + name, name: name, event.flags)
  }

  private func handle(_ path: String, name: String, _ flags: INotify.Flags) throws(WatchError) {
    // a folder's other attributes say nothing, unless they let us in
    if flags.isSuperset(of: [.attributes, .isFolder]), folders.contains(path) { return }
    switch scope.visiblePlace(of: path, name: name) {
    case .outside: return
    case .above:
      settling.hold()
      try refresh(path)
      for root in scope.roots(below: path) { note(root) }
    case .root:
      if flags.contains(.isFolder) { settling.hold() } else { settling.note(Settling.Event(flags), path) }
      try refresh(path)
      note(path)
    case .inside where flags.contains(.isFolder):
      settling.hold()
      try refresh(path)
      note(path)
    case .inside where flags.contains(.create) && isBeingWritten(path):
      settling.note(.made, path)
      unfinished[path] = .now() + timing.atMost
    case .inside:
      if settling.note(Settling.Event(flags), path) { forget(path) } else { note(path) }
    }
  }

  /// A new regular file with one name is mostly open: its writer's close is the better moment. A second name
  /// (a hard link) or a symbolic link is complete, and nothing more will be told about it.
  private func isBeingWritten(_ path: String) -> Bool {
    var status = stat()
    guard lstat(tree.appending(path).string, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
  }

  // MARK: Folders

  private static let flags: INotify.Flags = [
    .closeWrite, .attributes, .movedFrom, .movedTo, .create, .delete, .deleteSelf, .moveSelf, .onlyFolder,
    .exceptUnlinked,
  ]

  /// Brings the watches at and below a folder in line with what is there now; whatever had happened to it:
  /// made, moved in or out, replaced, exchanged with another, deleted.
  private func refresh(_ path: String) throws(WatchError) {
    for watch in folders.remove(path) { kernel.inotify.remove(watch) }
    try watch(path, report: true)
  }

  private func startOver() throws(WatchError) {
    add(.everything)
    settling.hold()
    unfinished = [:]
    try refresh("")
    if !folders.contains("") { throw .treeGone(tree: tree.string) }
  }

  /// Watches first and lists after: what comes in between is told twice, never missed. `report`s each file found.
  func watch(_ path: String, report: Bool) throws(WatchError) {
    let place = scope.place(of: path)
    let absolute = path.isEmpty ? tree.string : tree.appending(path).string
    let entries: [FolderEntry]
    do {
      let flags = place == .inside ? TreeWatcher.flags.union(.dontFollow) : TreeWatcher.flags
      folders.insert(path, watch: try kernel.inotify.add(absolute, flags))
      entries = try FolderEntry.list(absolute)
    } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels {
      return  // gone again, or no folder
    } catch .permissionDenied {
      return note(path)  // whoever looks there says so
    } catch {
      throw WatchError(error, path: absolute)
    }
    for entry in entries {
      let child = path.isEmpty ? entry.name : path + "/" + entry.name
      switch scope.visiblePlace(of: child, name: entry.name) {
      case .outside: continue
      case .above: try watch(child, report: report)
      case .root:
        try watch(child, report: report)
        if report, !folders.contains(child) { note(child) }
      case .inside:
        if entry.isFolder { try watch(child, report: report) } else if report { note(child) }
      }
    }
  }
}

extension Settling.Event {
  init(_ flags: INotify.Flags) {
    self =
      if flags.contains(.closeWrite) {
        .closed
      } else if flags.contains(.movedTo) {
        .arrived
      } else if flags.contains(.create) {
        .made
      } else if flags.contains(.attributes) {
        .attributes
      } else {
        .left
      }
  }
}
