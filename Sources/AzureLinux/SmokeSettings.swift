/// One test of `[boot] smoke`: a command as a string, or a table `{command or script, exit, text, name}`.
package struct SmokeSettings: Hashable, Codable, Sendable {
  package var name = ""
  /// For the guest's shell.
  package var command = ""
  /// A file of the tree that is copied in and run, in place of a command.
  package var script = ""
  package var exit = 0
  /// What it must write; empty: anything.
  package var text = ""

  package init(command: String) { self.command = command }

  static let keys = ["command", "exit", "name", "script", "text"]

  private enum CodingKeys: String, CodingKey { case name, command, script, exit, text }

  package init(from decoder: any Decoder) throws {
    if let command = try? decoder.singleValueContainer().decode(String.self) {
      self.command = command
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
    command = try values.decodeIfPresent(String.self, forKey: .command) ?? ""
    script = try values.decodeIfPresent(String.self, forKey: .script) ?? ""
    exit = try values.decodeIfPresent(Int.self, forKey: .exit) ?? 0
    text = try values.decodeIfPresent(String.self, forKey: .text) ?? ""
  }

  package func encode(to encoder: any Encoder) throws {
    if self == SmokeSettings(command: command) {
      var value = encoder.singleValueContainer()
      return try value.encode(command)
    }
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(command, forKey: .command)
    try values.encode(script, forKey: .script)
    try values.encode(exit, forKey: .exit)
    try values.encode(text, forKey: .text)
  }
}
