import AzureLinux
import Foundation
import GRDB
import SystemPackage

/// Traces in SQLite. A cache: when the schema changes, the file is thrown away and made anew.
package final class TraceStore: Sendable {
  /// 1: first form.
  private static let schema = 1
  private let database: DatabaseQueue

  /// `nil` keeps everything in memory, for tests.
  package init(path: FilePath?) throws {
    database = try Self.open(path)
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
          CREATE TABLE trace (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, parameters TEXT NOT NULL, rule_version INTEGER NOT NULL,
            value BLOB, digest TEXT, failure TEXT, reason BLOB NOT NULL, seconds REAL NOT NULL,
            UNIQUE (kind, parameters));
          CREATE TABLE read (
            trace INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE, position INTEGER NOT NULL,
            kind TEXT NOT NULL, parameters TEXT NOT NULL, digest TEXT NOT NULL, together INTEGER NOT NULL,
            PRIMARY KEY (trace, position)) WITHOUT ROWID;
          PRAGMA user_version = \(schema);
          """)
    }
    return database
  }

  package func trace(of key: Key) throws -> Trace? {
    try database.read { database in
      guard
        let row = try Row.fetchOne(
          database, sql: "SELECT * FROM trace WHERE kind = ? AND parameters = ?",
          arguments: [key.kind, key.parameters])
      else { return nil }
      return try Self.trace(row, in: database)
    }
  }

  /// All traces of a kind, ordered by parameters.
  package func traces(kind: String) throws -> [Trace] {
    try database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM trace WHERE kind = ? ORDER BY parameters", arguments: [kind]
      )
      .map { try Self.trace($0, in: database) }
    }
  }

  private static func trace(_ row: Row, in database: Database) throws -> Trace {
    let id: Int64 = row["id"]
    let reads = try Row.fetchAll(
      database, sql: "SELECT kind, parameters, digest, together FROM read WHERE trace = ? ORDER BY position",
      arguments: [id]
    ).compactMap { row in
      Digest(row["digest"]).map {
        Trace.Read(
          key: Key(kind: row["kind"], parameters: row["parameters"]), digest: $0, group: row["together"])
      }
    }
    let digest: String? = row["digest"]
    return Trace(
      key: Key(kind: row["kind"], parameters: row["parameters"]), ruleVersion: row["rule_version"],
      value: row["value"], digest: digest.flatMap { Digest($0) }, failure: row["failure"], reads: reads,
      reason: try Coding.decode(RunReason.self, from: row["reason"]), verifiedAt: 0, seconds: row["seconds"])
  }

  /// Replaces the key's trace; durable on return as far as SQLite's WAL is.
  package func save(_ trace: Trace) throws {
    let reason = try Coding.encode(trace.reason)
    try database.write { database in
      try database.execute(
        sql: "DELETE FROM trace WHERE kind = ? AND parameters = ?",
        arguments: [trace.key.kind, trace.key.parameters])
      try database.execute(
        sql: """
          INSERT INTO trace (kind, parameters, rule_version, value, digest, failure, reason, seconds)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          trace.key.kind, trace.key.parameters, trace.ruleVersion, trace.value, trace.digest?.description,
          trace.failure, reason, trace.seconds,
        ])
      let id = database.lastInsertedRowID
      for (position, read) in trace.reads.enumerated() {
        try database.execute(
          sql: """
            INSERT INTO read (trace, position, kind, parameters, digest, together) VALUES (?, ?, ?, ?, ?, ?)
            """,
          arguments: [id, position, read.key.kind, read.key.parameters, read.digest.description, read.group])
      }
    }
  }
}
