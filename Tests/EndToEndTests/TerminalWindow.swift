import Foundation
import Sandbox
import SystemPackage
import Testing

/// A shell in a real terminal, of tmux: keys go in, what is on the screen comes out.
struct TerminalWindow {
  private let socket = "azl-\(UUID().uuidString.prefix(8))"

  /// Opens one in the tree and closes it again, with all that runs in it.
  static func with(
    _ tree: DemoTree, width: Int = 110, height: Int = 30, _ body: (TerminalWindow) async throws -> Void
  ) async throws {
    let window = TerminalWindow()
    let environment = ["LC_ALL=C.UTF-8", "PS1=$ ", "NO_COLOR=1", "AZL=\(Host.program)"]
    try await window.tmux(
      ["-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", "-c", tree.path.string]
        + environment.flatMap { ["-e", $0] } + ["bash --norc --noprofile"])
    do { try await body(window) } catch {
      _ = try? await window.tmux(["kill-server"])
      throw error
    }
    try await window.tmux(["kill-server"])
  }

  @discardableResult
  private func tmux(_ arguments: [String]) async throws -> String {
    let result = try await Command(["tmux", "-L", socket] + arguments).run()
    try #require(result.isSuccess, "tmux \(arguments): \(result.errorText)")
    return result.text
  }

  /// As tmux names keys: `q`, `C-z`, `Enter`.
  func press(_ keys: String...) async throws { try await tmux(["send-keys"] + keys) }

  func type(_ line: String) async throws {
    try await tmux(["send-keys", "-l", line])
    try await press("Enter")
  }

  func resize(width: Int, height: Int) async throws {
    try await tmux(["resize-window", "-x", "\(width)", "-y", "\(height)"])
  }

  /// What is to be seen, without the empty lines at the end.
  func screen() async throws -> String {
    try await tmux(["capture-pane", "-p"]).trimmingCharacters(in: .newlines)
  }

  /// The screen once it has this text, for a bounded time; the test fails with the screen otherwise.
  @discardableResult
  func shows(_ text: String, times: Int = 1) async throws -> String {
    var screen = ""
    let isThere = try await Host.eventually {
      screen = try await self.screen()
      return screen.components(separatedBy: text).count - 1 >= times
    }
    try #require(isThere, "\"\(text)\" is not on the screen:\n\(screen)")
    return screen
  }
}

extension Trait where Self == ConditionTrait {
  static var needsTmux: ConditionTrait {
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux"),
      "skipped: tmux is not installed (packages.txt lists it)")
  }
}
