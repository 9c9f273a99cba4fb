import AzureLinux
import Dispatch
import Foundation
import SystemPackage

/// The kernel's side of a watcher: the inotify instance and a timer, both delivered on one queue. They end when
/// this object does.
final class WatchSources {
  let inotify: INotify
  private let reader: any DispatchSourceRead
  private let timer: any DispatchSourceTimer

  init(queue: DispatchQueue) throws(Errno) {
    let inotify = try INotify()
    self.inotify = inotify
    reader = DispatchSource.makeReadSource(fileDescriptor: inotify.descriptor, queue: queue)
    timer = DispatchSource.makeTimerSource(queue: queue)
    // the descriptor must outlive the source: dispatch may still poll it until the cancellation is through
    reader.setCancelHandler { withExtendedLifetime(inotify) {} }
    timer.schedule(deadline: .distantFuture)
  }

  func start(events: @escaping @Sendable () -> Void, timer due: @escaping @Sendable () -> Void) {
    reader.setEventHandler(handler: events)
    timer.setEventHandler(handler: due)
    reader.resume()
    timer.resume()
  }

  func wake(at time: DispatchTime) { timer.schedule(deadline: time, leeway: .milliseconds(1)) }

  func stop() {
    reader.cancel()
    timer.cancel()
  }

  deinit { stop() }
}

extension WatchError {
  /// What inotify_init and inotify_add_watch mean by their errors (inotify(7)).
  init(_ error: Errno, path: String) {
    switch error {
    case .noSpace:
      let (setting, limit) = WatchError.lower("fs.inotify.max_user_watches", "user.max_inotify_watches")
      self = .watchLimit(path: path, limit: limit, setting: setting)
    case .tooManyOpenFiles:
      let (setting, limit) = WatchError.lower("fs.inotify.max_user_instances", "user.max_inotify_instances")
      self = .instanceLimit(limit: limit, setting: setting)
    default: self = .failed(path: path, error)
    }
  }

  /// The setting that came first: a container may have a limit of its own below that of the machine.
  private static func lower(_ machine: String, _ own: String) -> (setting: String, limit: Int) {
    let limit = kernelSetting(machine)
    guard let ownLimit = kernelSetting(own), ownLimit < limit ?? .max else { return (machine, limit ?? 0) }
    return (own, ownLimit)
  }

  private static func kernelSetting(_ name: String) -> Int? {
    let text = try? String(contentsOfFile: "/proc/sys/" + name.replacing(".", with: "/"), encoding: .utf8)
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
