extension ImageConfiguration {
  package struct Group: Hashable, Codable, Sendable {
    package var name: String
    /// Upstream writes numbers as text.
    package var id: String
    package var gid: Int? { Int(id) }

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case id = "GID"
    }
  }

  package struct User: Hashable, Codable, Sendable {
    package var name: String
    /// Upstream writes numbers as text.
    package var id: String
    package var uid: Int? { Int(id) }
    /// Plain, or a crypt(3) hash when `passwordHashed`; empty: no password login.
    package var password: String
    package var passwordHashed: Bool
    /// −1: never; 0: as the system says.
    package var passwordExpiresDays: Int
    package var sshKeyPaths: [String]
    package var sshKeys: [String]
    package var primaryGroup: String
    package var secondaryGroups: [String]
    package var homeDirectory: String
    /// Takes the place of the login shell.
    package var startupCommand: String

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case id = "UID"
      case password = "Password"
      case passwordHashed = "PasswordHashed"
      case passwordExpiresDays = "PasswordExpiresDays"
      case sshKeyPaths = "SSHPubKeyPaths"
      case sshKeys = "SSHPubKeys"
      case primaryGroup = "PrimaryGroup"
      case secondaryGroups = "SecondaryGroups"
      case homeDirectory = "HomeDirectory"
      case startupCommand = "StartupCommand"
    }
  }
}
