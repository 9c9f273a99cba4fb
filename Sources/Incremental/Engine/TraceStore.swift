import AzureLinux
import Foundation
import GRDB
import SystemPackage

/// Traces in SQLite. A cache: when the schema changes, the file is thrown away and made anew.
///
/// A trace that is not *suspect* holds as long as the inputs that are stored are those of the world: whoever stores a
/// changed input marks, in the same transaction, all that read it directly or through others.
package final class TraceStore: Sendable {
  /// 1: first form. 2: keys once, reads point back, suspects. 3: the world that all inputs were read from. 4: stamps.
  private static let schema = 4
  private let database: DatabaseQueue

  /// `nil` keeps everything in memory, for tests.
  package init(path: FilePath?) throws {
    database = try Self.open(path)
  }

  private init(_ database: DatabaseQueue) { self.database = database }

  /// What the file holds now, in memory: for a question that is asked while another process writes.
  package static func copy(of path: FilePath) throws -> TraceStore {
    let memory = try DatabaseQueue()
    guard access(path.string, F_OK) == 0 else { return TraceStore(try create(memory)) }
    let file = try DatabaseQueue(path: path.string, configuration: configuration)
    defer { try? file.close() }
    guard try file.read({ try Int.fetchOne($0, sql: "PRAGMA user_version") }) == schema else {
      return TraceStore(try create(memory))
    }
    try file.backup(to: memory)
    return TraceStore(memory)
  }

  private static func open(_ path: FilePath?) throws -> DatabaseQueue {
    guard let path else { return try create(DatabaseQueue()) }
    do {
      let existing = try DatabaseQueue(path: path.string, configuration: configuration)
      if try existing.read({ try Int.fetchOne($0, sql: "PRAGMA user_version") }) == schema { return existing }
      try existing.close()
    } catch let error as DatabaseError where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) {
      // a damaged cache is no loss: it is made anew below
    }
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.string + suffix) }
    return try create(DatabaseQueue(path: path.string, configuration: configuration))
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    return configuration
  }

  private static func create(_ database: DatabaseQueue) throws -> DatabaseQueue {
    try database.write { database in
      try database.execute(
        sql: """
          CREATE TABLE key (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, parameters TEXT NOT NULL, UNIQUE (kind, parameters));
          CREATE TABLE trace (
            key INTEGER PRIMARY KEY REFERENCES key, rule_version INTEGER NOT NULL, value BLOB, digest BLOB,
            failure TEXT, reason BLOB NOT NULL, seconds REAL NOT NULL, suspect INTEGER NOT NULL,
            stamp INTEGER NOT NULL);
          CREATE INDEX suspects ON trace (key) WHERE suspect OR digest IS NULL;
          CREATE INDEX stamps ON trace (stamp);
          CREATE TABLE read (
            trace INTEGER NOT NULL REFERENCES key, position INTEGER NOT NULL, key INTEGER NOT NULL REFERENCES key,
            digest BLOB NOT NULL, together INTEGER NOT NULL, PRIMARY KEY (trace, position)) WITHOUT ROWID;
          CREATE INDEX readers ON read (key);
          CREATE TABLE seen (only INTEGER PRIMARY KEY CHECK (only = 0), world TEXT NOT NULL);
          CREATE TABLE store (only INTEGER PRIMARY KEY CHECK (only = 0), id TEXT NOT NULL, stamp INTEGER NOT NULL);
          PRAGMA user_version = \(schema);
          """)
      try database.execute(sql: "INSERT INTO store VALUES (0, ?, 0)", arguments: [UUID().uuidString])
    }
    return database
  }

  // MARK: reading

  package func trace(of key: Key) throws -> Trace? {
    try database.read { database in
      let statement = try database.cachedStatement(
        sql: "SELECT * FROM key JOIN trace ON key = id WHERE kind = ? AND parameters = ?")
      return try Row.fetchOne(statement, arguments: [key.kind, key.parameters])
        .map { try Self.trace($0, in: database) }
    }
  }

  /// All traces of a kind, ordered by parameters.
  package func traces(kind: String) throws -> [Trace] {
    try database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM key JOIN trace ON key = id WHERE kind = ? ORDER BY parameters",
        arguments: [kind]
      )
      .map { try Self.trace($0, in: database) }
    }
  }

  /// The values of a kind that were saved after `stamp`, of failed ones none; and the newest stamp of all.
  package func values(kind: String, since stamp: Int64) throws -> (values: [Data], stamp: Int64) {
    try database.read { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT value FROM trace CROSS JOIN key ON key = id
          WHERE stamp > ? AND kind = ? AND value IS NOT NULL
          """)
      return (try Data.fetchAll(statement, arguments: [stamp, kind]), try Self.stamp(in: database))
    }
  }

  package func id() throws -> String {
    try database.read { try String.fetchOne($0, sql: "SELECT id FROM store") ?? "" }
  }

  /// Of the newest value.
  package func stamp() throws -> Int64 { try database.read { try Self.stamp(in: $0) } }

  private static func stamp(in database: Database) throws -> Int64 {
    try Int64.fetchOne(database.cachedStatement(sql: "SELECT stamp FROM store")) ?? 0
  }

  /// Digest of each key of a kind; nil where it failed.
  package func digests(kind: String) throws -> [String: Digest?] {
    try database.read { database in
      let rows = try Row.fetchCursor(
        database, sql: "SELECT parameters, digest FROM key JOIN trace ON key = id WHERE kind = ?",
        arguments: [kind])
      var found: [String: Digest?] = [:]
      while let row = try rows.next() {
        let bytes: Data? = row[1]
        found[row[0]] = .some(bytes.map { Digest(bytes: $0) })
      }
      return found
    }
  }

  /// Keys of a kind whose values may no longer hold.
  package func suspects(kind: String) throws -> [String] {
    try database.read { database in
      let statement = try database.cachedStatement(
        sql:
          "SELECT parameters FROM trace CROSS JOIN key ON key = id WHERE (suspect OR digest IS NULL) AND kind = ?"
      )
      return try String.fetchAll(statement, arguments: [kind])
    }
  }

  package func kinds() throws -> [String] {
    try database.read { try String.fetchAll($0, sql: "SELECT DISTINCT kind FROM key") }
  }

  private static func trace(_ row: Row, in database: Database) throws -> Trace {
    let id: Int64 = row["id"]
    let statement = try database.cachedStatement(
      sql:
        "SELECT kind, parameters, digest, together FROM read JOIN key ON id = read.key WHERE trace = ? ORDER BY position"
    )
    let reads = try Row.fetchAll(statement, arguments: [id]).map { row in
      let digest: Data = row["digest"]
      return Trace.Read(
        key: Key(kind: row["kind"], parameters: row["parameters"]), digest: Digest(bytes: digest),
        group: row["together"])
    }
    let digest: Data? = row["digest"]
    return Trace(
      key: Key(kind: row["kind"], parameters: row["parameters"]), ruleVersion: row["rule_version"],
      value: row["value"], digest: digest.map { Digest(bytes: $0) }, failure: row["failure"], reads: reads,
      reason: try Coding.decode(RunReason.self, from: row["reason"]), isSuspect: row["suspect"],
      seconds: row["seconds"])
  }

  /// The state of the world that all stored inputs were compared with; nil when they may differ from it.
  package func seen() throws -> String? {
    try database.read { try String.fetchOne($0, sql: "SELECT world FROM seen") }
  }

  package func see(_ world: String?) throws {
    try database.write { database in
      try database.execute(sql: "DELETE FROM seen")
      if let world { try database.execute(sql: "INSERT INTO seen VALUES (0, ?)", arguments: [world]) }
    }
  }

  // MARK: writing

  /// Replaces these keys' traces in one transaction; durable on return as far as SQLite's WAL is.
  package func save(_ traces: [Trace]) throws {
    guard !traces.isEmpty else { return }
    try database.write { database in
      let stamp = try Self.nextStamp(in: database)
      for trace in traces { try Self.save(trace, stamp: stamp, in: database) }
    }
  }

  /// Replaces inputs that changed and marks all that read them, directly or through others.
  /// - Returns: what was marked.
  package func save(changed inputs: [Trace]) throws -> [Key] {
    try database.write { database in
      var ids: [Int64] = []
      let stamp = try Self.nextStamp(in: database)
      for trace in inputs { ids.append(try Self.save(trace, stamp: stamp, in: database)) }
      let reached = try Int64.fetchAll(
        database.cachedStatement(
          sql: """
            WITH RECURSIVE reached (key) AS (
              SELECT trace FROM read WHERE key IN (SELECT value FROM json_each(?))
              UNION SELECT trace FROM read JOIN reached ON read.key = reached.key)
            UPDATE trace SET suspect = 1 WHERE key IN (SELECT key FROM reached) RETURNING key
            """),
        arguments: ["[\(ids.map(String.init).joined(separator: ","))]"])
      let name = try database.cachedStatement(sql: "SELECT kind, parameters FROM key WHERE id = ?")
      return try reached.compactMap { id in
        try Row.fetchOne(name, arguments: [id]).map { Key(kind: $0[0], parameters: $0[1]) }
      }
    }
  }

  /// Forgets keys that no longer stand for anything.
  package func forget(_ keys: [Key]) throws {
    guard !keys.isEmpty else { return }
    try database.write { database in
      for key in keys {
        guard let id = try Self.id(of: key, in: database, make: false) else { continue }
        try database.execute(sql: "DELETE FROM trace WHERE key = ?", arguments: [id])
        try database.execute(sql: "DELETE FROM read WHERE trace = ?", arguments: [id])
      }
    }
  }

  private static func id(of key: Key, in database: Database, make: Bool) throws -> Int64? {
    let find = try database.cachedStatement(sql: "SELECT id FROM key WHERE kind = ? AND parameters = ?")
    if let id = try Int64.fetchOne(find, arguments: [key.kind, key.parameters]) { return id }
    guard make else { return nil }
    try database.cachedStatement(sql: "INSERT INTO key (kind, parameters) VALUES (?, ?)")
      .execute(arguments: [key.kind, key.parameters])
    return database.lastInsertedRowID
  }

  /// Each transaction has its own.
  private static func nextStamp(in database: Database) throws -> Int64 {
    try database.cachedStatement(sql: "UPDATE store SET stamp = stamp + 1").execute()
    return try stamp(in: database)
  }

  @discardableResult
  private static func save(_ trace: Trace, stamp: Int64, in database: Database) throws -> Int64 {
    let id = try id(of: trace.key, in: database, make: true)!
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO trace (key, rule_version, value, digest, failure, reason, seconds, suspect, stamp)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      id, trace.ruleVersion, trace.value, trace.digest.map { Data($0.bytes) }, trace.failure,
      try Coding.encode(trace.reason), trace.seconds, trace.isSuspect, stamp,
    ])
    try database.cachedStatement(sql: "DELETE FROM read WHERE trace = ?").execute(arguments: [id])
    for (position, read) in trace.reads.enumerated() {
      try database.cachedStatement(
        sql: "INSERT INTO read (trace, position, key, digest, together) VALUES (?, ?, ?, ?, ?)"
      ).execute(arguments: [
        id, position, try self.id(of: read.key, in: database, make: true), Data(read.digest.bytes),
        read.group,
      ])
    }
    return id
  }
}
