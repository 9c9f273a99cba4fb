import Foundation
import Sandbox

/// QEMU's own protocol (QMP): one JSON value a line, answers and events among each other.
actor MachineControl {
  private let socket: LocalSocket
  private var pending = Data()

  init(_ socket: LocalSocket) { self.socket = socket }

  struct Message {
    let fields: [String: Any]
    var event: String? { fields["event"] as? String }
    var isAnswer: Bool { fields["return"] != nil }
    var trouble: String? { (fields["error"] as? [String: Any])?["desc"] as? String }
    /// Of a MIGRATION event.
    var status: String? { (fields["data"] as? [String: Any])?["status"] as? String }
  }

  /// One line, with its end. Pure.
  static func command(_ name: String, _ arguments: String = "") -> Data {
    Data("{\"execute\": \"\(name)\"\(arguments.isEmpty ? "" : ", \"arguments\": \(arguments)")}\n".utf8)
  }

  static func migrate(_ verb: String, _ address: String) -> Data {
    command(verb, "{\"uri\": \(quoted(address))}")
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private func next() async throws -> Message {
    while true {
      if let end = pending.firstIndex(of: 10) {
        let line = pending[..<end]
        pending = Data(pending[pending.index(after: end)...])
        if let fields = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] {
          return Message(fields: fields)
        }
        continue
      }
      guard pending.count < 1 << 20, let more = await socket.receive() else {
        throw BootError.machineControl("QEMU closed its control socket")
      }
      pending += more
    }
  }

  private func run(_ command: Data) async throws {
    await socket.send(command)
    while true {
      let message = try await next()
      if let trouble = message.trouble { throw BootError.machineControl(trouble) }
      if message.isAnswer { return }
    }
  }

  private func migrationEnds() async throws {
    while true {
      let message = try await next()
      guard message.event == "MIGRATION" else { continue }
      if message.status == "completed" { return }
      if message.status == "failed" { throw BootError.machineControl("the machine's state did not pass") }
    }
  }

  private func begin() async throws {
    try await run(MachineControl.command("qmp_capabilities"))
    try await run(
      MachineControl.command(
        "migrate-set-capabilities", "{\"capabilities\": [{\"capability\": \"events\", \"state\": true}]}"))
  }

  /// Stops the machine and writes its memory and devices; the disk is left as it then is.
  func save(to file: String) async throws {
    try await begin()
    try await run(MachineControl.command("stop"))
    // the whole of it at the speed of the disk, not at that of a network that others use
    try await run(
      MachineControl.command("migrate-set-parameters", "{\"max-bandwidth\": 17179869184}"))
    try await run(MachineControl.migrate("migrate", "exec:cat > \(Command.quoted(file))"))
    try await migrationEnds()
  }

  /// For a machine started with `-incoming defer`.
  func resume(from file: String) async throws {
    try await begin()
    try await run(MachineControl.migrate("migrate-incoming", "exec:cat < \(Command.quoted(file))"))
    try await migrationEnds()
    try await run(MachineControl.command("cont"))
  }
}
