package com.google.firebase.messaging;

import android.content.Context;

public abstract class FirebaseMessagingService extends Context {
    public void onNewToken(String token) {}
    public void onMessageReceived(RemoteMessage message) {}
}
