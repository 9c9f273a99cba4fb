import AzureLinux
import Foundation
import Glibc
import Terminal

/// The watch that follows this tree, if one does.
struct RunningWatch {
  private let workspace: Workspace
  private let socket: WatchSocket

  init?(_ options: CommonOptions) throws {
    workspace = Workspace(tree: try Tree.find(options.tree))
    guard let socket = WatchSocket.connected(workspace) else { return nil }
    self.socket = socket
  }

  /// Nil when it would answer something else than this process would find, or nothing: it is paused, of another
  /// version or configuration, or just ending.
  func ask(style: Style) -> QuestionWire.Reply? {
    defer { close(socket.descriptor) }
    // it may have a whole checkout to look at first
    socket.limit(seconds: 30)
    let request = QuestionWire.Request(
      identity: QuestionWire.identity(workspace), words: Array(CommandLine.arguments.dropFirst()),
      style: style)
    guard socket.send(request), let reply = socket.receive(QuestionWire.Reply.self), !reply.isRefused else {
      return nil
    }
    return reply
  }
}
