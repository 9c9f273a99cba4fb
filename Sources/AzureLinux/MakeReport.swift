/// `azl-dev/make/1`: what a target that no other verb stands for found or did. Only its own parts are there.
package struct MakeReport: Codable, Sendable, Hashable {
  package struct Value: Codable, Sendable, Hashable {
    package var name: String
    package var value: String
    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
  package struct Built: Codable, Sendable, Hashable {
    /// File names.
    package var srpm: String
    package var rpms: [String]
    package init(srpm: String, rpms: [String]) {
      self.srpm = srpm
      self.rpms = rpms
    }
  }
  package struct Problem: Codable, Sendable, Hashable {
    package var subject: String
    package var message: String
    package init(subject: String, message: String) {
      self.subject = subject
      self.message = message
    }
  }
  package struct Blocker: Codable, Sendable, Hashable {
    /// File name of an SRPM.
    package var srpm: String
    /// It failed itself; else it waited for others.
    package var hasFailed: Bool
    package var blocks: [String]
    package init(srpm: String, hasFailed: Bool, blocks: [String]) {
      self.srpm = srpm
      self.hasFailed = hasFailed
      self.blocks = blocks
    }
  }

  package var schema = "azl-dev/make/1"
  package var target: String
  package var result = "done"
  package var values: [Value]?
  /// Paths in the tree; absolute where a variable names a place outside.
  package var written: [String]?
  package var removed: [String]?
  package var names: [String]?
  package var built: [Built]?
  package var blockers: [Blocker]?
  package var licences: [LicenceFindings]?
  package var sonames: [LostCapability]?
  package var problems: [Problem]?

  package init(target: String) { self.target = target }
}

/// Something of a shared library that published packages ask for, and that what was built in its place has no more.
package struct LostCapability: Codable, Sendable, Hashable {
  package struct User: Codable, Sendable, Hashable {
    /// Source package.
    package var source: String
    /// File name of the published RPM.
    package var rpm: String
    package init(source: String, rpm: String) {
      self.source = source
      self.rpm = rpm
    }
  }
  /// `libz.so.1()(64bit)`, or with a symbol version in the first brackets.
  package var capability: String
  /// File name of the published RPM that offers it.
  package var published: String
  /// Who requires it, but for those whose packages of this tree do so no more.
  package var users: [User]

  package init(capability: String, published: String, users: [User]) {
    self.capability = capability
    self.published = published
    self.users = users
  }
}
