package com.example.app

import android.content.Context
import com.google.firebase.messaging.FirebaseMessaging
import java.util.Locale
import java.util.TimeZone
import java.util.UUID

/** Reports each token to the app's own server, which calls PUT or DELETE /v1/users/{uid}/devices/{device_id} of the relay. */
object PushRegistration {
    interface Server {
        fun register(deviceId: String, fields: Map<String, String>)
        fun delete(deviceId: String, done: () -> Unit)
    }

    /** Null: nobody is logged in. */
    var server: Server? = null

    /** After each login, and at each start of an app that is logged in. */
    fun didLogIn(context: Context, server: Server) {
        this.server = server
        FirebaseMessaging.getInstance().token.addOnSuccessListener { token -> report(context, token) }
    }

    fun report(context: Context, token: String) {
        val fields = mapOf(
            "provider" to "fcm",
            "token" to token,
            "locale" to Locale.getDefault().toLanguageTag(),
            "timezone" to TimeZone.getDefault().id
        )
        server?.register(deviceId(context), fields)
    }

    /** Before the app forgets who is logged in. `disconnect(true)` of the WuKongIM SDK comes after it. */
    fun willLogOut(context: Context, then: () -> Unit) {
        val known = server ?: return then()
        server = null
        known.delete(deviceId(context), then)
    }

    /** The app's own id of this install. WuKongIM's device id is private to its SDK. */
    private fun deviceId(context: Context): String {
        val preferences = context.getSharedPreferences("push", Context.MODE_PRIVATE)
        preferences.getString("install_id", null)?.let { return it }
        val id = UUID.randomUUID().toString()
        preferences.edit().putString("install_id", id).apply()
        return id
    }
}
